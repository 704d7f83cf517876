import type { Clock, JobRunner, Journal, Platform, Router } from '../core/ports.ts';
import type { Logger } from '../system/log.ts';

/** What the controller is put together from. */
export interface Parts {
  readonly journal: Journal;
  readonly platform: Platform;
  readonly router: Router;
  readonly runner: JobRunner;
  readonly clock: Clock;
  readonly log: Logger;
  /** Resolves after that many ms. */
  readonly delay: (ms: number) => Promise<void>;
}
