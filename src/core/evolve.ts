/** The fold: what the journal's events make of a service. Pure and total; no event is ever invalid here. */

import type { Event } from './events.ts';
import { environmentChanged, healthLost, healthRegained } from './evolve/environments.ts';
import { maintenanceBegan } from './evolve/maintenance.ts';
import { releasePruned, releaseRecorded } from './evolve/releases.ts';
import { jobFinished, rolloutEnded, rolloutStarted, withRollout } from './evolve/rollouts.ts';
import { stepDone, stepSkipped, stepStarted } from './evolve/steps.ts';
import { retreatEnded, retreated, takeBackDecided, verdictReached } from './evolve/verdicts.ts';
import type { ServiceState } from './model.ts';

/** Grows whenever `evolve` makes another state of the same events: snapshots of the journal are then made anew. */
export const FOLD_VERSION = 2;

/** Handled command ids remembered: more than can wait in a daemon's memory, so that a repeated one is recognised. */
const HANDLED = 200;

/** The state after one more event. */
export function evolve(state: ServiceState, event: Event): ServiceState {
  return { ...apply(state, event), version: state.version + 1 };
}

/** The state after these events, oldest first. */
export function fold(state: ServiceState, events: readonly Event[]): ServiceState {
  return events.reduce(evolve, state);
}

function apply(state: ServiceState, event: Event): ServiceState {
  switch (event.type) {
    case 'release-recorded':
      return releaseRecorded(state, event.release);
    case 'release-pruned':
      return releasePruned(state, event.release);
    case 'command-accepted':
    case 'command-refused':
      return { ...state, handled: [...state.handled, event.command].slice(-HANDLED) };
    case 'rollout-queued':
      return { ...state, queued: event.queued };
    case 'rollout-unqueued':
      return { ...state, queued: null };
    case 'rollout-started':
      return rolloutStarted(state, event);
    case 'rollout-ended':
      return rolloutEnded(state, event);
    case 'rollout-out':
      return withRollout(state, (rollout) => ({ ...rollout, outAt: event.at }));
    case 'step-started':
      return withRollout(state, (rollout) => stepStarted(rollout, event.step, event.at));
    case 'step-done':
      return withRollout(state, (rollout) => stepDone(rollout, event.step, event.at, event.note));
    case 'step-skipped':
      return withRollout(state, (rollout) => stepSkipped(rollout, event.step, event.at));
    case 'split-changed':
      return withRollout({ ...state, split: event.split }, (rollout) => ({
        ...rollout,
        splitAt: event.at,
        reason: event.reason,
      }));
    case 'candidate-exposed':
      return withRollout(state, (rollout) => ({ ...rollout, exposed: true }));
    case 'job-finished':
      return jobFinished(state, event.result);
    case 'paused':
      return withRollout(state, (rollout) => ({
        ...rollout,
        pause: { since: event.at, until: event.until, by: event.actor, reason: event.reason },
        reason: event.reason,
      }));
    case 'resumed':
      return withRollout(state, (rollout) => ({ ...rollout, pause: null, reason: event.reason }));
    case 'health-lost':
      return healthLost(state, event.environment, event.at);
    case 'health-regained':
      return healthRegained(state, event.environment);
    case 'verdict-reached':
      return withRollout(state, (rollout) => verdictReached(rollout, event.verdict));
    case 'alarm-raised':
      return withRollout(state, (rollout) => ({
        ...rollout,
        alarm: { metric: event.metric, at: event.raised, explanation: event.explanation },
        reason: event.explanation,
      }));
    case 'evidence-doubted':
      return withRollout(state, (rollout) => ({
        ...rollout,
        doubt: { at: event.at, explanation: event.explanation },
      }));
    case 'retreated':
      return withRollout(state, (rollout) => retreated(rollout, event));
    case 'retreat-ended':
      return withRollout(state, (rollout) => retreatEnded(rollout, event));
    case 'take-back-decided':
      return withRollout(state, (rollout) => takeBackDecided(rollout, event));
    case 'take-back-acknowledged':
      return withRollout(state, (rollout) =>
        rollout.takeBack
          ? { ...rollout, takeBack: { ...rollout.takeBack, acknowledgedAt: event.at } }
          : rollout,
      );
    case 'environment-changed':
      return environmentChanged(state, event);
    case 'maintenance-began':
      return maintenanceBegan(state, event);
    case 'maintenance-ended':
      return { ...state, maintenance: null };
    case 'note':
      return state;
    default:
      return unknown(state, event);
  }
}

/** Compile-time proof that every event is handled; at run time, an event of a newer Teal changes nothing. */
function unknown(state: ServiceState, _event: never): ServiceState {
  return state;
}
