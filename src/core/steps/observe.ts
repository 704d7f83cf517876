import type { Turn } from '../turn.ts';
import { percent } from './shift.ts';
import type { Running, StepReport } from './step-report.ts';

/** At least this long at a weight; harm ends it at any moment, elsewhere. */
export function reportObserve(turn: Turn, step: Running<'observe'>): StepReport {
  const until = step.startedAt + step.dwell;
  if (turn.now >= until)
    return { kind: 'done', note: `Observed at ${percent(step.weight)}: ${outcome(turn)}` };
  return { kind: 'waiting', text: `the judge, at ${percent(step.weight)}`, until };
}

/** What is known when time is up, in words. */
function outcome({ state, world }: Turn): string {
  const metrics = world.evidence?.rollout === state.rollout?.id ? (world.evidence?.metrics ?? []) : [];
  if (metrics.every(({ candidate }) => candidate.n === 0)) return 'no traffic seen';
  return metrics.every(({ verdict }) => verdict === 'safe') ? 'safe' : 'no harm found, not proven safe';
}
