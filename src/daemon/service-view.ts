import type { Colour, Job, ServiceState } from '../core/model.ts';
import type { TrafficBlock } from '../core/ports.ts';
import type { Desired, Evidence, ObservedEnvironment, ObservedRouting } from '../core/world.ts';

/** Everything there is to say about a service now. */
export interface ServiceView {
  readonly state: ServiceState;
  /** null until the first decision. */
  readonly desired: Desired | null;
  /** null until the platform was seen once. */
  readonly environments: Readonly<Record<Colour, ObservedEnvironment>> | null;
  /** The newest reading; null while the router is away or does not know the service. */
  readonly routing: ObservedRouting | null;
  readonly evidence: Evidence | null;
  /** Clients hurt by the last rollout as far as is known by now; null: no more than its end says. */
  readonly hurtByLast: number | null;
  readonly running: readonly Job[];
  /** Blocks of the last quarter of a minute. */
  readonly recent: readonly TrafficBlock[];
  readonly problems: readonly string[];
  /** Never to be logged. */
  readonly previewSecret: string;
}
