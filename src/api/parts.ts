import type { Clock, Journal, Platform, Router } from '../core/ports.ts';
import type { Controller } from '../daemon/controller.ts';
import type { Deployer } from '../daemon/deployer.ts';
import type { Home } from '../system/home.ts';
import type { Logger } from '../system/log.ts';

/** What the API answers from. */
export interface ApiParts {
  readonly controller: Controller;
  readonly deployer: Deployer;
  readonly journal: Journal;
  readonly platform: Pick<Platform, 'logs'>;
  readonly router: Pick<Router, 'metrics'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly home: Pick<Home, 'root'>;
  readonly version: string;
  /** Name of the router's preview header. */
  readonly previewHeader: string;
  /** JSON Schema of teal.yaml. */
  readonly specSchema: () => Record<string, unknown>;
  /** Aborts when the daemon ends: streams end with it. */
  readonly ending: AbortSignal;
}
