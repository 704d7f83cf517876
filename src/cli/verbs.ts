/** One file a verb, each loaded only when it is meant, so that starting costs little. */
import type { Verb } from './commands/command.ts';

const VERBS: Readonly<Record<string, () => Promise<Verb>>> = {
  abort: () => import('./verbs/abort.ts'),
  approve: () => import('./verbs/approve.ts'),
  completion: () => import('./verbs/completion.ts'),
  daemon: () => import('./verbs/daemon.ts'),
  demo: () => import('./verbs/demo.ts'),
  deploy: () => import('./verbs/deploy.ts'),
  doctor: () => import('./verbs/doctor.ts'),
  down: () => import('./verbs/down.ts'),
  explain: () => import('./verbs/explain.ts'),
  help: () => import('./verbs/help.ts'),
  history: () => import('./verbs/history.ts'),
  init: () => import('./verbs/init.ts'),
  judge: () => import('./verbs/judge.ts'),
  logs: () => import('./verbs/logs.ts'),
  maintenance: () => import('./verbs/maintenance.ts'),
  open: () => import('./verbs/open.ts'),
  pause: () => import('./verbs/pause.ts'),
  preview: () => import('./verbs/preview.ts'),
  promote: () => import('./verbs/promote.ts'),
  resume: () => import('./verbs/resume.ts'),
  rollback: () => import('./verbs/rollback.ts'),
  router: () => import('./verbs/router.ts'),
  show: () => import('./verbs/show.ts'),
  simulate: () => import('./verbs/simulate.ts'),
  status: () => import('./verbs/status.ts'),
  supervisor: () => import('./verbs/supervisor.ts'),
  up: () => import('./verbs/up.ts'),
};

/** The verb of a command in the table. */
export function loadVerb(name: string): Promise<Verb> {
  const load = VERBS[name];
  if (!load) throw new Error(`The command ${name} has no verb`);
  return load();
}
