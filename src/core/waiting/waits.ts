/** What a service waits for, and until when at most: for people (`status`), for the loop (`wakeAt`) and for I8. */

import { deferredUntil } from '../decide/take-back.ts';
import { wantedJobs } from '../jobs.ts';
import { COLOURS, type Rollout, type ServiceState } from '../model.ts';
import { type Phase, stableOf } from '../state.ts';
import { clearingDeadline, hindrance } from '../steps/clearing.ts';
import { reportUnjudged } from '../steps/judged.ts';
import { reportStep } from '../steps/report.ts';
import type { Turn } from '../turn.ts';
import { holdOf, pauseOf } from './hold.ts';
import {
  ACKNOWLEDGEMENT_POLL,
  CLEARING_POLL,
  JOB_GRACE,
  ROUTER_DEADLINE,
  TICK,
  UNHEALTHY_FOR,
} from './times.ts';

export interface Wait {
  /** In words, after "waiting for". */
  readonly text: string;
  /** Unix ms: it is over then, with a decided outcome. */
  readonly until: number;
  /** Worth a look sooner than that. */
  readonly wake?: number;
}

/** Everything that is waited for now, most telling first. Empty: nothing, the service just runs. */
export function waits(turn: Turn): readonly Wait[] {
  const { rollout } = turn.state;
  return [...(rollout ? rolloutWaits(turn, rollout) : []), ...environmentWaits(turn)];
}

/** What the running rollout waits for, in words; null: for nothing, or none runs. */
export function waitingFor(turn: Turn): Wait | null {
  const { rollout } = turn.state;
  return rollout ? (rolloutWaits(turn, rollout)[0] ?? null) : null;
}

/** Next time that matters, Unix ms: in the future, and a minute away at most. */
export function wakeAt(turn: Turn): number {
  const times = waits(turn).flatMap(({ until, wake }) => (wake === undefined ? [until] : [until, wake]));
  const next = Math.min(...times.filter((time) => time > turn.now), turn.now + TICK);
  return Math.ceil(next);
}

/** Where a service stands in one word. */
export function phaseOf(state: ServiceState, now: number, world: Turn['world']): Phase {
  const { rollout, last } = state;
  if (!rollout)
    return stableOf(state) === null && last !== null && last.outcome !== 'promoted' ? 'failed' : 'idle';
  if (rollout.takeBack || rollout.kind === 'rollback') return 'rolling-back';
  if (rollout.pause) return 'paused';
  const step = rollout.steps[rollout.step];
  if (!step) return 'rolling';
  const turn: Turn = { state, world, now };
  if (step.state === 'pending') return holdOf(turn, rollout, step) === null ? 'rolling' : 'waiting';
  if (step.kind === 'approve') return 'waiting';
  const report = reportStep(turn, rollout, step);
  return report.kind === 'waiting' && report.onPerson ? 'waiting' : 'rolling';
}

function rolloutWaits(turn: Turn, rollout: Rollout): readonly Wait[] {
  const { takeBack, candidate } = rollout;
  if (takeBack) return takeBackWaits(turn, rollout, takeBack.at);
  const found: Wait[] = [];
  const pause = pauseOf(rollout);
  if (pause) found.push({ ...pause, text: `resume (${pause.text})` });
  const deferred = deferredUntil(turn);
  if (deferred !== null) found.push({ text: 'the stable release to become ready again', until: deferred });
  const step = rollout.steps[rollout.step];
  if (step?.state === 'pending') {
    const hold = holdOf(turn, rollout, step);
    const clearing = clearingDeadline(turn, rollout, step);
    const held =
      rollout.retreat.since === null ? reportUnjudged(turn, rollout, step) : reportStep(turn, rollout, step);
    if (held?.kind === 'waiting') found.push(held);
    if (hold && !pause) found.push(hold);
    if (clearing !== null) {
      const text = hindrance(turn, rollout)!;
      found.push({ text, until: clearing, wake: turn.now + CLEARING_POLL });
    }
  } else if (step) {
    const report = reportStep(turn, rollout, step);
    if (report.kind === 'waiting') found.push(report);
    const hold = report.kind === 'move' ? holdOf(turn, rollout, step) : null;
    if (hold && !pause) found.push(hold);
  }
  const { unhealthySince } = turn.state.environments[candidate.environment];
  if (unhealthySince !== null) {
    const until = Math.max(unhealthySince + UNHEALTHY_FOR, turn.now);
    found.push({ text: 'the candidate to become ready again', until });
  }
  return found;
}

function takeBackWaits(turn: Turn, rollout: Rollout, since: number): readonly Wait[] {
  const { role, until } = turn.state.environments[rollout.candidate.environment];
  if (role === 'candidate') {
    const wake = turn.now + ACKNOWLEDGEMENT_POLL;
    return [
      { text: 'the router to confirm that all traffic is on stable', until: since + ROUTER_DEADLINE, wake },
    ];
  }
  return until === null ? [] : [{ text: 'requests in flight on the candidate to end', until }];
}

/** Ends of warm and draining environments, of maintenance, of jobs after a rollout, and of every job's patience. */
function environmentWaits(turn: Turn): readonly Wait[] {
  const roles = COLOURS.flatMap((colour): readonly Wait[] => {
    const { role, until } = turn.state.environments[colour];
    return until === null ? [] : [{ text: `${colour}, ${role}, to be stopped`, until }];
  });
  const jobs = wantedJobs(turn.state).map(({ kind, name, deadline }) => ({
    text: `${kind} ${name}`,
    until: deadline + JOB_GRACE,
  }));
  const until = turn.state.maintenance?.until ?? null;
  const maintenance = until === null ? [] : [{ text: 'the maintenance to end', until }];
  return [...roles, ...jobs, ...maintenance];
}
