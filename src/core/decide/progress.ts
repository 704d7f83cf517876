import type { Event } from '../events.ts';
import type { Rollout, StepState } from '../model.ts';
import { specOf, stableOf } from '../state.ts';
import { isRetreatOver, unjudgedInWords } from '../steps/bake.ts';
import { isCleared } from '../steps/clearing.ts';
import { reportUnjudged } from '../steps/judged.ts';
import { reportStep } from '../steps/report.ts';
import { splitTo } from '../traffic/split.ts';
import { event, isServing, type Turn } from '../turn.ts';
import { evidenceOf } from '../waiting/alarm.ts';
import { holdOf, pauseOf } from '../waiting/hold.ts';
import { isLeftOut, isPaced } from '../waiting/pace.ts';
import { startRollout } from './start.ts';
import { finishTakeBack } from './taken-back.ts';

/** The next thing to do on the way to the plan's end, if nothing holds it: one at a time. */
export function progress(turn: Turn): readonly Event[] {
  const { rollout } = turn.state;
  if (!rollout) return startQueued(turn);
  if (rollout.takeBack) return finishTakeBack(turn, rollout, rollout.takeBack);
  const step = rollout.steps[rollout.step];
  if (!step) return promote(turn, rollout);
  if (rollout.retreat.since !== null) return endRetreat(turn, rollout, rollout.retreat.since);
  return step.state === 'pending' ? start(turn, rollout, step) : advance(turn, rollout, step);
}

function startQueued(turn: Turn): readonly Event[] {
  const { queued, releases } = turn.state;
  if (!queued) return [];
  const drop = (reason: string) => [
    event(turn, { type: 'rollout-unqueued', command: queued.command, reason }),
  ];
  if (!releases[queued.release]) return drop(`${queued.release} is not there any more`);
  if (stableOf(turn.state)?.release === queued.release) return drop(`${queued.release} is stable`);
  return startRollout(turn, queued);
}

function start(turn: Turn, rollout: Rollout, step: StepState): readonly Event[] {
  if (holdOf(turn, rollout, step) || reportUnjudged(turn, rollout, step)) return [];
  if (isLeftOut(turn, rollout, step)) return leaveOut(turn, rollout);
  const { environment, release } = rollout.candidate;
  const started = event(turn, { type: 'step-started', step: rollout.step });
  if (step.kind === 'prepare') {
    if (!isCleared(turn, rollout)) return [];
    if (turn.state.environments[environment].role === 'candidate') return [started];
    const filled = { environment, release, role: 'candidate', until: null } as const;
    return [event(turn, { type: 'environment-changed', ...filled }), started];
  }
  // A candidate that cannot answer gets no wider share; whether it comes back is for the health line to say.
  if (step.kind === 'shift' && !isServing(turn, environment)) return [];
  return [started];
}

function advance(turn: Turn, rollout: Rollout, step: StepState): readonly Event[] {
  if (step.kind === 'bake' && rollout.outAt === null) return [event(turn, { type: 'rollout-out' })];
  if (isLeftOut(turn, rollout, step) && !holdOf(turn, rollout, step)) return leaveOut(turn, rollout);
  const report = reportStep(turn, rollout, step);
  if (report.kind === 'move') {
    const { split, reason } = report;
    // A step at the pace of evidence moves for as long as it runs, so it may be held in between.
    if (isPaced(turn, rollout) && holdOf(turn, rollout, step)) return [];
    return [event(turn, { type: 'split-changed', split, reason })];
  }
  // A bake goes on for as long as it is paused: its end is the end of watching.
  if (report.kind !== 'done' || (step.kind === 'bake' && pauseOf(rollout))) return [];
  const done = event(turn, { type: 'step-done', step: rollout.step, note: report.note });
  const exposes = step.kind === 'shift' && !rollout.exposed;
  return exposes ? [event(turn, { type: 'candidate-exposed' }), done] : [done];
}

/** At this traffic the step and its observation would tell nothing in time. */
function leaveOut(turn: Turn, { step, steps }: Rollout): readonly Event[] {
  const reason = 'So few clients come that at this share nothing could be seen in time';
  return [step, step + 1]
    .filter((index) => index === step || steps[index]?.kind === 'observe')
    .map((index) => event(turn, { type: 'step-skipped', step: index, reason }));
}

/** Back to all traffic on the candidate; the bake starts again. */
function endRetreat(turn: Turn, rollout: Rollout, since: number): readonly Event[] {
  if (pauseOf(rollout) || !isRetreatOver(turn, since) || !isServing(turn, rollout.candidate.environment))
    return [];
  const reason = 'After two minutes of comparison every metric leans to safe: the bake starts again';
  return [
    event(turn, { type: 'retreat-ended', reason }),
    event(turn, { type: 'split-changed', split: splitTo(rollout.candidate.environment), reason }),
  ];
}

/** The plan is through: the candidate is stable. What it replaces stays warm, or is drained after a rollback. */
function promote(turn: Turn, rollout: Rollout): readonly Event[] {
  if (rollout.outAt === null) return [event(turn, { type: 'rollout-out' })];
  const unhealthy = turn.state.environments[rollout.candidate.environment].unhealthySince !== null;
  if (unhealthy || (rollout.kind === 'deploy' && pauseOf(rollout))) return [];
  const reason =
    rollout.kind === 'rollback'
      ? 'Rolled back as asked'
      : `All steps passed${unjudgedInWords(turn, rollout)}`;
  return promotion(turn, rollout, reason);
}

/** The events that make a candidate with all traffic stable. */
export function promotion(turn: Turn, rollout: Rollout, reason: string): readonly Event[] {
  const { candidate, stable, kind } = rollout;
  const events: Event[] = [];
  if (stable) {
    const { keep } = specOf(turn.state, candidate.release);
    const { drain } = specOf(turn.state, stable.release);
    const warm = kind === 'deploy' && keep > 0;
    const next = warm
      ? ({ role: 'warm', until: turn.now + keep } as const)
      : ({ role: 'draining', until: turn.now + drain } as const);
    events.push(event(turn, { type: 'environment-changed', ...stable, ...next }));
  }
  const hurt = evidenceOf(turn)?.hurt ?? 0;
  events.push(
    event(turn, { type: 'environment-changed', ...candidate, role: 'stable', until: null }),
    event(turn, { type: 'rollout-ended', outcome: 'promoted', reason, hurt }),
  );
  return events;
}
