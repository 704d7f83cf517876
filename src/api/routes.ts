import type { Route } from './route.ts';
import { commandRoutes } from './routes/commands.ts';
import { daemonRoutes } from './routes/daemon.ts';
import { logRoutes } from './routes/logs.ts';
import { rolloutRoutes } from './routes/rollouts.ts';
import { serviceRoutes } from './routes/services.ts';

/** Everything that the API serves. */
export const ROUTES: readonly Route[] = [
  ...serviceRoutes,
  ...rolloutRoutes,
  ...commandRoutes,
  ...logRoutes,
  ...daemonRoutes(() => ROUTES),
];
