import type { Job, ServiceState } from '../../core/model.ts';
import type { JobTarget } from '../../core/ports.ts';
import { stableOf } from '../../core/state.ts';
import type { ObservedRouting } from '../../core/world.ts';

/** Where a job finds what it tests; null while the router has not said where its previews are. */
export function jobTarget(state: ServiceState, job: Job, routing: ObservedRouting | null): JobTarget | null {
  const release = state.releases[job.release];
  if (!release) return null;
  const stable = stableOf(state);
  const url = routing?.previews[job.environment] ?? null;
  const stableUrl =
    stable !== null && stable.environment !== job.environment
      ? (routing?.previews[stable.environment] ?? null)
      : null;
  // A hook needs no traffic; a check of a service with a listener cannot do without.
  if (job.kind === 'check' && release.spec.listen !== null && url === null) return null;
  return { job, release, url, stableUrl };
}
