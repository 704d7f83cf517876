import { ALL, type Rollout, type Split } from '../model.ts';
import { candidateWeight } from '../state.ts';
import { byInstances, wantedInstances } from '../traffic/scale.ts';
import { splitTo } from '../traffic/split.ts';
import { readyInstances, splitObeyed, type Turn } from '../turn.ts';
import { ACKNOWLEDGEMENT_POLL } from '../waiting/times.ts';
import type { Running, StepReport } from './step-report.ts';

/** First the instances for it, then the split, then the router's word that every new request obeys it. */
export function reportShift(turn: Turn, rollout: Rollout, step: Running<'shift'>): StepReport {
  const { environment: colour } = rollout.candidate;
  const until = step.startedAt + step.deadline;
  const overdue = turn.now >= until;
  if (candidateWeight(turn.state) !== step.weight) {
    const wanted = wantedInstances(turn.state, colour);
    const ready = readyInstances(turn, colour);
    if (ready >= wanted || (ready > 0 && !byInstances(turn.state, rollout))) {
      return {
        kind: 'move',
        split: wantedSplit(rollout, step.weight),
        reason: `${percent(step.weight)} to the candidate`,
      };
    }
    if (overdue)
      return failed(`Only ${ready} of ${wanted} instances for ${percent(step.weight)} were ready in time`);
    return {
      kind: 'waiting',
      text: `${wanted} instances for ${percent(step.weight)} (${ready} ready)`,
      until,
    };
  }
  if (hasTakenUp(turn)) return { kind: 'done', note: `${percent(step.weight)} on the candidate` };
  return awaitRouter(turn, step.weight, until);
}

/** Whether every new request obeys the wanted split. */
export function hasTakenUp(turn: Turn): boolean {
  return splitObeyed(turn) && (turn.world.routing?.problem ?? null) === null;
}

/** Waits for the router to take up a weight, until then (Unix ms). */
export function awaitRouter({ world, now }: Turn, weight: number, until: number): StepReport {
  const { routing } = world;
  if (now >= until) {
    const why = routing === null ? 'it cannot be reached' : (routing.problem ?? 'it shows another split');
    return failed(`The router did not take up ${percent(weight)} in time: ${why}`);
  }
  const wake = now + ACKNOWLEDGEMENT_POLL;
  return { kind: 'waiting', text: `the router to take up ${percent(weight)}`, until, wake };
}

/** `2500` as `25 %`. */
export function percent(weight: number): string {
  return `${weight / (ALL / 100)} %`;
}

function wantedSplit(rollout: Rollout, weight: number): Split {
  return splitTo(rollout.candidate.environment, weight);
}

function failed(reason: string): StepReport {
  return { kind: 'failed', by: 'deadline', outcome: 'failed', reason };
}
