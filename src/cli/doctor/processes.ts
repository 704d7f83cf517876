import type { HealthStatus } from '../../api/schema.ts';
import { TealError } from '../../core/error.ts';
import { routerStatus } from '../../processes/router-status.ts';
import type { Home } from '../../system/home.ts';
import { localClient } from '../../system/local-rpc.ts';
import { packageVersion } from '../../system/package-version.ts';
import { connect } from '../api.ts';
import { type Finding, finding, ok } from './finding.ts';

const WITHIN = 3_000;

/** Supervisor, daemon and router: there, answering, and of this version. */
export async function processes(home: Home): Promise<Finding[]> {
  const found = [await local('Supervisor', home.supervisorSocket), await daemon(home), await router(home)];
  const someRun = found.some(({ state }) => state !== 'off');
  return found.map((one) => (someRun && one.state === 'off' ? missing(one) : one));
}

/** One that is away while others run should be back within a second. */
const missing = ({ what }: Finding) =>
  finding(
    'broken',
    what,
    'not running, though Teal is up',
    'teal up starts it, or says why it does not start.',
  );

async function daemon(home: Home): Promise<Finding> {
  try {
    const { version, pid } = await connect(home).get<HealthStatus>('/healthz', AbortSignal.timeout(WITHIN));
    const own = packageVersion();
    return version === own
      ? ok('Daemon', `pid ${pid}, version ${version}`)
      : finding(
          'warn',
          'Daemon',
          `version ${version}, this is ${own}`,
          'teal up starts the new one in its place.',
        );
  } catch (error) {
    return unreachable('Daemon', error);
  }
}

async function router(home: Home): Promise<Finding> {
  try {
    const running = await routerStatus(home);
    if (running === null) return finding('off', 'Router', 'not running', 'teal up');
    const { version, pid } = running;
    const own = packageVersion();
    if (version === undefined)
      return finding(
        'warn',
        'Router',
        `of a Teal that knew of no upgrade yet, this is ${own}`,
        'With a gap of some seconds: teal down --all, then teal up.',
      );
    return version === own
      ? ok('Router', `pid ${pid}, version ${version}`)
      : finding(
          'warn',
          'Router',
          `version ${version}, this is ${own}`,
          'teal up upgrades it while it serves.',
        );
  } catch (error) {
    return unreachable('Router', error);
  }
}

/** Any answer will do, even that there is no such call: it is there. */
async function local(what: string, socket: string): Promise<Finding> {
  const client = localClient(socket, what);
  try {
    await client.call('ping', null, WITHIN);
  } catch (error) {
    if (error instanceof TealError && error.code === 'E_UNREACHABLE') return unreachable(what, error);
  } finally {
    client.close();
  }
  return ok(what, socket);
}

function unreachable(what: string, error: unknown): Finding {
  const why = error instanceof TealError ? (error.why ?? error.message) : String(error);
  if (/ENOENT|ECONNREFUSED|Nothing answers/.test(why)) return finding('off', what, 'not running', 'teal up');
  return finding(
    'broken',
    what,
    why,
    'See its log with the folder logs/ in TEAL_HOME; then teal down and teal up.',
  );
}
