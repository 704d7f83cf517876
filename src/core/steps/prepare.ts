import type { Rollout } from '../model.ts';
import { specOf } from '../state.ts';
import { wantedInstances } from '../traffic/scale.ts';
import { describeInstance, instancesOf, readyInstances, routerFinds, type Turn } from '../turn.ts';
import type { ObservedInstance } from '../world.ts';
import type { Running, StepReport } from './step-report.ts';

/** A problem seen this soon may still be that of the release that was there before. */
const SETTLING = 2_000;

/** Done when all wanted instances are ready; failed at once when the platform has given one up. */
export function reportPrepare(turn: Turn, rollout: Rollout, step: Running<'prepare'>): StepReport {
  const { environment: colour, release } = rollout.candidate;
  const wanted = wantedInstances(turn.state, colour);
  const ready = readyInstances(turn, colour);
  const reachable = routerFinds(turn, colour);
  if (ready >= wanted && reachable) return { kind: 'done', note: `${count(ready)} ready` };
  const broken = hopeless(turn, rollout, step);
  if (broken) return failed('health', `${release} did not become ready: ${broken}`);
  const until = step.startedAt + step.deadline;
  if (turn.now >= until) {
    const within = Math.round(step.deadline / 1000);
    return failed(
      'deadline',
      `${release} was not ready within ${within} s: ${missing(turn, rollout, wanted)}`,
    );
  }
  const text =
    ready >= wanted ? 'the router to find it healthy' : `${count(wanted)} to become ready (${ready} so far)`;
  const { within } = specOf(turn.state, release).ready;
  const late = instancesOf(turn, colour).map((instance) => lateAt(instance, within));
  return { kind: 'waiting', text, until, wake: Math.min(step.startedAt + SETTLING, ...late) };
}

const count = (instances: number) => (instances === 1 ? '1 instance' : `${instances} instances`);

function failed(by: 'health' | 'deadline', reason: string): StepReport {
  return { kind: 'failed', by, outcome: 'failed', reason };
}

/** When an instance has had the time that it may take from its own start; never for one that is ready or not running. */
function lateAt({ state, startedAt }: ObservedInstance, within: number): number {
  const trying = state === 'starting' || state === 'unready';
  return trying && startedAt !== null ? startedAt + within : Number.POSITIVE_INFINITY;
}

/** What no more waiting can mend. */
function hopeless(turn: Turn, rollout: Rollout, step: Running<'prepare'>): string | null {
  const { environment: colour, release } = rollout.candidate;
  const instances = instancesOf(turn, colour);
  const dead = instances.find(({ state }) => state === 'failed');
  if (dead) return describeInstance(dead);
  const { within } = specOf(turn.state, release).ready;
  const late = instances.find((instance) => turn.now >= lateAt(instance, within));
  if (late) return `not within ${within / 1000} s of its start: ${describeInstance(late)}`;
  const observed = turn.world.environments[colour];
  const settled = observed.release === release || turn.now >= step.startedAt + SETTLING;
  return settled ? observed.problem : null;
}

function missing(turn: Turn, rollout: Rollout, wanted: number): string {
  const { environment: colour } = rollout.candidate;
  const instances = instancesOf(turn, colour);
  const slow = instances.find(({ state }) => state !== 'ready');
  if (slow) return describeInstance(slow);
  if (instances.length < wanted) return `${instances.length} of ${count(wanted)} were started`;
  const { routing } = turn.world;
  return routing === null
    ? 'the router cannot be reached'
    : (routing.problem ?? "the router's own health check does not find it healthy");
}
