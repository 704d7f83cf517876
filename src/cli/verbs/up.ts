import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from '../../api/client.ts';
import type { HealthStatus } from '../../api/schema.ts';
import { TealError } from '../../core/error.ts';
import type { Home } from '../../system/home.ts';
import { packageVersion } from '../../system/package-version.ts';
import { connect } from '../api.ts';
import type { Verb } from '../commands/command.ts';
import { PROGRAMS } from '../programs.ts';

const ANSWERS_WITHIN = 30_000;

export const run: Verb['run'] = async ({ options, output, home }) => {
  if (options.systemd) {
    const { systemdUnits } = await import('../systemd.ts');
    output.stdout.write(systemdUnits(home));
    return 0;
  }
  if (options.foreground) {
    const { runSupervisor } = await import('../../processes/supervisor.ts');
    await runSupervisor(home, { daemon: PROGRAMS.daemon, router: PROGRAMS.router, onSignal: 'stop' });
    return 0;
  }
  const api = connect(home);
  const before = await health(api);
  const version = packageVersion();
  const { startBackground } = await import('../../processes/background.ts');
  // Also where the daemon answers: its supervisor or router may be missing, or of another version.
  const { router, daemonStays } = await startBackground(home, PROGRAMS, version, before?.version ?? null);
  const now = daemonStays ? before! : await untilItAnswers(api, home);
  if (!(await routerWithin(home, ANSWERS_WITHIN)))
    output.note(`The router does not answer; its log: ${join(home.logs, 'router.log')}`);
  if (daemonStays) output.line(`Teal already runs: pid ${now.pid}, ${home.root}`);
  else if (before?.version === version)
    output.line(`Teal, started in another way, is up again: pid ${now.pid}`);
  else if (before !== null) output.line(`Teal ${version} is up instead of ${before.version}: pid ${now.pid}`);
  else output.line(`Teal is up: pid ${now.pid}, ${home.root}`);
  if (router instanceof TealError) throw router;
  if (router.kind === 'upgraded') output.line(upgraded(router.from, version, router.pid));
  if (!before) output.line('Next: teal deploy, in a folder with a teal.yaml (teal init writes one)');
  return 0;
};

const upgraded = (from: string, to: string, pid: number): string =>
  from === to
    ? `The router, started in another way, was replaced while it served: pid ${pid}`
    : `The router was upgraded from ${from} to ${to} while it served: pid ${pid}`;

/** null: no daemon answers. */
async function health(api: ApiClient): Promise<HealthStatus | null> {
  try {
    return await api.get<HealthStatus>('/healthz');
  } catch (error) {
    if (error instanceof TealError && error.code === 'E_DAEMON_UNREACHABLE') return null;
    throw error;
  }
}

async function untilItAnswers(api: ApiClient, home: Home): Promise<HealthStatus> {
  const { daemonLog, daemonTrouble } = await import('../../processes/background.ts');
  const until = performance.now() + ANSWERS_WITHIN;
  for (;;) {
    const answer = await health(api);
    if (answer) return answer;
    const trouble =
      performance.now() > until
        ? `It does not answer within ${ANSWERS_WITHIN / 1000} s.`
        : await daemonTrouble(home);
    if (trouble !== null) throw await startError(daemonLog(home), trouble);
    await delay(30);
  }
}

/** A deploy at once after this would only find the router missing. */
async function routerWithin(home: Home, ms: number): Promise<boolean> {
  const { routerAnswers } = await import('../../processes/background.ts');
  const until = performance.now() + ms;
  while (!(await routerAnswers(home))) {
    if (performance.now() > until) return false;
    await delay(30);
  }
  return true;
}

async function startError(log: string, trouble: string): Promise<TealError> {
  const text = await readFile(log, 'utf8').catch(() => ''); // it may not have come to write one
  const tail = text.trimEnd().split('\n').slice(-8);
  return new TealError('E_DAEMON_START', 'The daemon does not start', {
    why: [trouble, `The end of ${log}:`, ...tail].join('\n'),
    fix: 'Repair what the log says; the supervisor keeps trying. teal doctor checks the machine.',
  });
}
