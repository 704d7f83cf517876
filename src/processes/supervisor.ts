import { ownProgram, supervisorLog } from '../platforms/process/supervisor/ensure.ts';
import { lockSupervisor } from '../platforms/process/supervisor/lock.ts';
import { createSupervisor } from '../platforms/process/supervisor/supervisor.ts';
import { resolveEnv } from '../spec/secrets.ts';
import { type Home, requireShortPath } from '../system/home.ts';
import { makeHomeFolder } from '../system/home-folder.ts';
import { serveLocal } from '../system/local-rpc.ts';
import { createLogger } from '../system/log.ts';

export interface SupervisorProcessOptions {
  /** Command line of the daemon and of the router, kept running. Absent: not this supervisor's business. */
  readonly daemon?: readonly string[];
  readonly router?: readonly string[];
  /**
   * What SIGTERM and SIGINT do. `leave` (default): router and instances go on, for the next supervisor to adopt;
   * `stop`: everything stops first, as in a container, where nothing could go on.
   */
  readonly onSignal?: 'leave' | 'stop';
}

/**
 * The process `teal supervisor`: parents instances, router and daemon. Resolves when somebody ended it. Rejects with
 * E_SUPERVISOR_RUNNING where this home has one, with E_HOME_TOO_LONG where it cannot have sockets, with
 * E_HOME_UNWRITABLE.
 */
export async function runSupervisor(home: Home, options: SupervisorProcessOptions = {}): Promise<void> {
  requireShortPath(home);
  const log = createLogger('supervisor');
  makeHomeFolder(home);
  const unlock = await lockSupervisor(home, log);
  const supervisor = await createSupervisor({
    home,
    log,
    environ: process.env,
    resolveEnv,
    logs: [supervisorLog(home)],
  });
  const onSignal = (signal: NodeJS.Signals) => {
    log.info({ signal }, 'asked to end');
    void supervisor.end(options.onSignal === 'stop');
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  const server = await serveLocal(home.supervisorSocket, supervisor.methods);
  log.info({ home: home.root }, 'supervises');
  if (options.router) await supervisor.ensure(ownProgram(home, 'router', options.router));
  if (options.daemon) await supervisor.ensure(ownProgram(home, 'daemon', options.daemon));
  await supervisor.ended;
  process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
  // Whoever asked for the end gets the answer before the connection closes.
  server.close();
  setImmediate(() => server.closeAllConnections());
  unlock();
  log.info('ended');
}
