import { COLOURS, type ServiceState } from '../core/model.ts';
import type { Clock, Journal } from '../core/ports.ts';
import { frontRelease, lastGoodRelease } from '../core/state.ts';
import type { ReleaseStore } from '../releases/store.ts';
import type { Logger } from '../system/log.ts';
import type { Controller } from './controller.ts';

export interface PrunerOptions {
  readonly controller: Controller;
  readonly journal: Journal;
  readonly store: Pick<ReleaseStore, 'prune'>;
  /** Removes what jobs of the service's rollouts numbered below `before` have printed. */
  readonly pruneOutputs: (service: string, before: number) => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** So many rollouts of a service keep what their checks and hooks have printed: as many as `teal history` shows. */
const KEPT_OUTPUTS = 20;

/** Removes old releases, and what is kept of old rollouts, whenever a rollout has ended. Returns what stops it. */
export function startPruner(options: PrunerOptions): () => void {
  const { controller, journal, store, pruneOutputs, clock, log } = options;
  async function prune(service: string): Promise<void> {
    // The journal's state and not the loop's, which does not know yet that the rollout has ended.
    const state = journal.load(service);
    const front = frontRelease(state);
    const keepReleases = front === null ? undefined : state.releases[front]?.spec.keepReleases;
    if (keepReleases !== undefined) {
      const removed = await store.prune(service, inUse(state), keepReleases);
      const events = removed
        .filter((release) => state.releases[release])
        .map((release) => ({ type: 'release-pruned', release, at: clock.now(), actor: 'teal' }) as const);
      if (events.length > 0) await controller.record(service, events);
    }
    await pruneOutputs(service, state.rollouts - KEPT_OUTPUTS + 1);
  }
  return journal.onAppend((stored) => {
    for (const { service, event } of stored) {
      if (event.type !== 'rollout-ended') continue;
      prune(service).catch((error: unknown) =>
        log.error({ service, err: error }, 'what is old stays on the disk'),
      );
    }
  });
}

/** Releases that run, wait, or may be gone back to. */
function inUse(state: ServiceState): readonly string[] {
  const { environments, rollout, queued, last, afterwards } = state;
  return [
    ...COLOURS.map((colour) => environments[colour].release),
    rollout?.candidate.release,
    rollout?.stable?.release,
    queued?.release,
    last?.release,
    ...afterwards.map(({ release }) => release),
    lastGoodRelease(state),
    newest(state),
  ].filter((id) => id != null);
}

/** Made a moment ago, its command may be under way. */
function newest({ releases }: ServiceState): string | undefined {
  return Object.values(releases).sort((a, b) => b.createdAt - a.createdAt)[0]?.id;
}
