import type { Event } from '../events.ts';
import type { Rollout } from '../model.ts';
import type { MetricVerdict } from '../world.ts';
import { withStep } from './steps.ts';

/** Remembers harm and safe; undecided is the absence of both. */
export function verdictReached(rollout: Rollout, { metric, verdict }: MetricVerdict): Rollout {
  return verdict === 'undecided'
    ? rollout
    : { ...rollout, verdicts: { ...rollout.verdicts, [metric]: verdict } };
}

/** Half of the clients go back to stable, so that there is something to compare with. */
export function retreated(rollout: Rollout, event: Extract<Event, { type: 'retreated' }>): Rollout {
  return {
    ...rollout,
    retreat: { count: event.count, since: event.at, reason: event.reason },
    reason: event.reason,
  };
}

/** All traffic on the candidate again; the bake starts again from here. */
export function retreatEnded(rollout: Rollout, event: Extract<Event, { type: 'retreat-ended' }>): Rollout {
  return {
    ...withStep(rollout, rollout.step, { startedAt: event.at }),
    retreat: { ...rollout.retreat, since: null, reason: null },
    reason: event.reason,
  };
}

/** The first decision to take back stands; a pause or a retreat is over with it. */
export function takeBackDecided(
  rollout: Rollout,
  event: Extract<Event, { type: 'take-back-decided' }>,
): Rollout {
  if (rollout.takeBack) return rollout;
  const { outcome, by, reason, hurt, at, actor } = event;
  return {
    ...rollout,
    takeBack: { outcome, by, reason, hurt, at, actor, acknowledgedAt: null },
    pause: null,
    retreat: { ...rollout.retreat, since: null },
    reason,
  };
}
