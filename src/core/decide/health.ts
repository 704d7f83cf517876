import type { Event } from '../events.ts';
import { COLOURS, type Colour, type Rollout } from '../model.ts';
import { describeInstance, event, instancesOf, isServing, type Turn } from '../turn.ts';
import { MOST_EXITS, UNHEALTHY_FOR } from '../waiting/times.ts';
import type { ObservedInstance } from '../world.ts';
import { takeBack } from './take-back.ts';

/**
 * Records when stable or the candidate has no ready instance left and when it has again, and takes back a candidate that
 * stays so, whose instance was given up, or one that exits again and again. A broken stable is recorded only: it must not block its own repair.
 */
export function health(turn: Turn): readonly Event[] {
  const { rollout } = turn.state;
  const facts = COLOURS.flatMap((colour) => changed(turn, colour));
  if (!rollout || rollout.takeBack || !isWatched(turn, rollout.candidate.environment)) return facts;
  const reason = lost(turn, rollout);
  return reason === null ? facts : [...facts, ...takeBack(turn, { by: 'health', outcome: 'failed', reason })];
}

/** Whether an environment ought to have a ready instance. A candidate does as soon as it was prepared. */
function isWatched({ state }: Turn, colour: Colour): boolean {
  const { role } = state.environments[colour];
  if (role === 'stable') return true;
  if (role !== 'candidate' || !state.rollout || state.rollout.takeBack) return false;
  const prepare = state.rollout.steps.find(({ kind }) => kind === 'prepare');
  return prepare === undefined || prepare.state === 'done';
}

function changed(turn: Turn, environment: Colour): readonly Event[] {
  const { unhealthySince } = turn.state.environments[environment];
  if (!isWatched(turn, environment)) return [];
  const serving = isServing(turn, environment);
  if (serving && unhealthySince !== null) return [event(turn, { type: 'health-regained', environment })];
  if (serving || unhealthySince !== null) return [];
  const detail = instancesOf(turn, environment).map(describeInstance).join('\n') || 'no instance runs';
  return [event(turn, { type: 'health-lost', environment, detail })];
}

function lost(turn: Turn, rollout: Rollout): string | null {
  const { environment, release } = rollout.candidate;
  const instances = instancesOf(turn, environment);
  const dead = instances.find(({ state }) => state === 'failed');
  if (dead) return `An instance of ${release} was given up: ${describeInstance(dead)}`;
  const exits = instances.find((instance) => keepsExiting(turn, rollout, instance));
  if (exits) return `An instance of ${release} exits again and again: ${describeInstance(exits)}`;
  const { unhealthySince } = turn.state.environments[environment];
  if (unhealthySince === null || turn.now < unhealthySince + UNHEALTHY_FOR || isServing(turn, environment)) {
    return null;
  }
  const seconds = Math.round((turn.now - unhealthySince) / 1000);
  const detail = instances[0] ? describeInstance(instances[0]) : 'no instance runs';
  return `${release} has had no ready instance for ${seconds} s: ${detail}`;
}

/**
 * Started anew within a second, it hurts few clients each time, and the judge would need long to be sure. Where stable's exit as
 * often, it is not the release; and before it was prepared, exits may be its way to wait for something.
 */
function keepsExiting(turn: Turn, rollout: Rollout, { restarts, lastExit }: ObservedInstance): boolean {
  if (restarts < MOST_EXITS || lastExit === null) return false;
  const preparedAt = rollout.steps.find(({ kind }) => kind === 'prepare')?.endedAt ?? rollout.startedAt;
  const stable = rollout.stable === null ? [] : instancesOf(turn, rollout.stable.environment);
  return lastExit.at > preparedAt && stable.every((instance) => instance.restarts < restarts);
}
