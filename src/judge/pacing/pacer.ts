import { budgetWeight, emptyExcess, excessUpper, observeExcess } from '../harm-budget.ts';
import { addCounts, checkCount, checkCounts, checkTime, JudgeInputError } from '../input.ts';
import { beginPeakRate, isMeasured, MEASURE_FOR, observePeakRate, peakRate } from '../peak-rate.ts';
import type { RateBlock } from '../rate-types.ts';
import { checkPaceOptions, type PaceOptions } from './options.ts';
import { dwellOf, ENOUGH_CLIENTS, stepsWorthwhile } from './steps.ts';
import type { Pace, PaceAction, PaceEvidence, PaceFigures, Pacer, PaceState } from './types.ts';
import { explainPace } from './words.ts';

/** Evidence of harm at which a rollout that has waited for the longest time is taken back rather than finished. */
const PRECAUTION = 10;

/**
 * The pace of a rollout: as wide as a bad release can hurt no more than `budget` clients before we can react again, and
 * no longer than until it is safe, leans there, or half an hour is over. Weights never shrink, except to nothing.
 *
 * The bound behind the ceiling holds at all times at once and at any weights, so it may choose the very weights under which
 * it goes on (`harm-budget.ts`). What it bounds is one reaction interval, not the whole: what it costs to find a bad
 * release comes on top, and a failure that begins at full weight is not bounded at all.
 */
export function pacer(options: PaceOptions): Pacer {
  checkPaceOptions(options);

  function initial(at: number): PaceState {
    checkTime('at', at, null);
    return {
      at,
      excess: emptyExcess(),
      traffic: beginPeakRate(at),
      candidate: { n: 0, bad: 0 },
      weight: 0,
      weightSince: at,
    };
  }

  function observe(state: PaceState, { at, stable, candidate }: RateBlock): PaceState {
    checkTime('at', at, state.at);
    checkCounts('stable', stable);
    checkCounts('candidate', candidate);
    return {
      ...state,
      at,
      candidate: addCounts('candidate', state.candidate, candidate),
      excess: observeExcess(state.excess, {
        n1: candidate.n,
        e1: candidate.bad,
        n0: stable.n,
        e0: stable.bad,
      }),
      traffic: observePeakRate(state.traffic, at, stable.n + candidate.n),
    };
  }

  function reached(state: PaceState, weight: number, at: number): PaceState {
    checkTime('at', at, state.at);
    checkCount('weight', weight);
    if (weight > 10_000) throw new JudgeInputError('weight', `is above 10000: ${weight}`);
    return weight === state.weight ? state : { ...state, at, weight, weightSince: at };
  }

  function decide(state: PaceState, evidence: readonly PaceEvidence[], now: number): Pace {
    checkTime('now', now, state.at);
    const figures = figuresOf(state, now);
    const action: PaceAction = evidence.some(({ verdict }) => verdict === 'harm')
      ? { kind: 'take-back', reason: 'harm' }
      : actionOf(state, figures, evidence, now);
    return { ...figures, action, explanation: explainPace(action, figures, state.candidate, options, now) };
  }

  function figuresOf(state: PaceState, now: number): PaceFigures {
    const { weight } = state;
    const upper = excessUpper(state.excess, options.alphaUpper);
    const clientsPerSecond = peakOf(state, now);
    if (clientsPerSecond === null) return { weight, step: null, upper, ceiling: null, clientsPerSecond };
    const steps = stepsWorthwhile(options.steps, clientsPerSecond);
    const step = steps.find((next) => next.weight > weight)?.weight ?? null;
    return {
      weight,
      step,
      upper,
      ceiling: budgetOf(clientsPerSecond, upper, 10_000, weight).ceiling,
      clientsPerSecond,
    };
  }

  /** The higher of what was expected and what came: weights cannot shrink when more come later. */
  function peakOf({ traffic }: PaceState, now: number): number | null {
    const { clientsPerSecond } = options;
    const seen = peakRate(traffic, now);
    if (clientsPerSecond !== null) return Math.max(clientsPerSecond, seen ?? 0);
    return isMeasured(traffic, now) ? (seen ?? 0) : null;
  }

  function budgetOf(clientsPerSecond: number, upper: number, step: number, current: number) {
    // Nobody comes, so nobody can be hurt.
    if (clientsPerSecond === 0) return { ceiling: 1, basisPoints: Math.max(step, current) };
    const { budget, blockSeconds, reactionSeconds } = options;
    return budgetWeight({ upper, budget, clientsPerSecond, blockSeconds, reactionSeconds, step, current });
  }

  function actionOf(
    state: PaceState,
    { step, upper, ceiling, clientsPerSecond }: PaceFigures,
    evidence: readonly PaceEvidence[],
    now: number,
  ): PaceAction {
    const { weight, weightSince } = state;
    if (clientsPerSecond === null) return wait('traffic', state.traffic.since + MEASURE_FOR);
    if (step === null) return wait('nothing', null);
    const dwelled = weightSince + dwellAt(weight, clientsPerSecond) * 1000;
    if (now < dwelled) return wait('dwell', dwelled);
    const latest = weightSince + options.longestSeconds * 1000;
    const isLast = step === 10_000;
    const allowed = budgetOf(clientsPerSecond, upper, step, weight).basisPoints;
    if (!isLast && allowed > weight) return { kind: 'widen', weight: allowed };
    // Somebody has to be first, or nothing is ever known.
    if (weight === 0) return { kind: 'widen', weight: 1 };
    const isAllowed = isLast && ceiling === 1;
    if (isAllowed && evidence.length > 0) {
      if (evidence.every(({ verdict }) => verdict === 'safe')) return { kind: 'finish', finding: 'safe' };
      const leaning = weightSince + options.leaningSeconds * 1000;
      const leans = evidence.every(({ leaningSafe }) => leaningSafe);
      if (leans && now >= leaning) return { kind: 'finish', finding: 'undecided' };
      if (leans) return wait('evidence', Math.min(leaning, latest));
    }
    if (now < latest) return wait(isAllowed ? 'evidence' : 'budget', latest);
    return overdue(state, step, isAllowed, evidence);
  }

  /** The longest wait is over, and neither budget nor evidence lets the rollout go on. */
  function overdue(
    { candidate }: PaceState,
    step: number,
    isAllowed: boolean,
    evidence: readonly PaceEvidence[],
  ): PaceAction {
    if (evidence.some(({ e }) => e.harm >= PRECAUTION)) return { kind: 'take-back', reason: 'precaution' };
    if (candidate.n < ENOUGH_CLIENTS) {
      // Nobody is there to be hurt, and waiting for them has no end.
      return step === 10_000 ? { kind: 'finish', finding: 'not observed' } : { kind: 'widen', weight: step };
    }
    return isAllowed ? { kind: 'finish', finding: 'undecided' } : { kind: 'stuck' };
  }

  /** 0 between steps, where the budget alone decides. */
  function dwellAt(weight: number, clientsPerSecond: number): number {
    const step = options.steps.find((one) => one.weight === weight);
    return step === undefined ? 0 : dwellOf(step, clientsPerSecond, options);
  }

  return { options, initial, observe, reached, decide };
}

function wait(reason: (PaceAction & { kind: 'wait' })['for'], until: number | null): PaceAction {
  return { kind: 'wait', for: reason, until };
}
