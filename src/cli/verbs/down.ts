import { setTimeout as delay } from 'node:timers/promises';
import type { HealthStatus } from '../../api/schema.ts';
import { TealError } from '../../core/error.ts';
import type { Home } from '../../system/home.ts';
import { connect } from '../api.ts';
import type { Verb } from '../commands/command.ts';
import { PROGRAMS } from '../programs.ts';
import { confirm } from '../terminal/confirm.ts';

const DAEMON_ENDS_WITHIN = 15_000;

export const run: Verb['run'] = async ({ options, output, home }) => {
  const all = options.all === true;
  if (
    all &&
    !options.yes &&
    !(await confirm(output, 'Stop the router and every instance? Users get no answer then.', true))
  ) {
    output.note('Nothing was done.');
    return 5;
  }
  const { stopBackground } = await import('../../processes/background.ts');
  const supervised = await stopBackground(home, { all, supervisor: PROGRAMS.supervisor });
  const alone = await stopDaemon(home);
  if (!supervised && !alone) output.line(`Teal does not run: ${home.root}`);
  else if (all) output.line('Teal is down; router and instances are stopped.');
  else output.line('Teal is down. Router and instances go on serving; teal up takes them over again.');
  return 0;
};

/** A daemon that no supervisor of this home started, e.g. under systemd. Resolves with whether there was one. */
async function stopDaemon(home: Home): Promise<boolean> {
  const pid = await daemonPid(home);
  if (pid === null) return false;
  process.kill(pid, 'SIGTERM');
  const until = performance.now() + DAEMON_ENDS_WITHIN;
  while ((await daemonPid(home)) === pid) {
    if (performance.now() > until) {
      throw new TealError('E_DAEMON_STOP', `The daemon (pid ${pid}) does not end`, {
        fix: `Look at ${home.logs}, then end it with: kill -9 ${pid}`,
      });
    }
    await delay(30);
  }
  return true;
}

async function daemonPid(home: Home): Promise<number | null> {
  try {
    return (await connect(home).get<HealthStatus>('/healthz')).pid;
  } catch (error) {
    if (error instanceof TealError && error.code === 'E_DAEMON_UNREACHABLE') return null;
    throw error;
  }
}
