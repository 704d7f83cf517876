import { addCounts, checkCounts, checkTime, checkWeight } from '../input.ts';
import type { RateBlock } from '../rates/rate-types.ts';
import { strataOf } from '../rates/strata.ts';
import { emptyExcess, excessUpper, observeExcess } from './harm-budget.ts';
import { checkPaceOptions, type PaceOptions } from './options.ts';
import { beginPeakRate, isMeasured, MEASURE_FOR, observePeakRate, peakRate } from './peak-rate.ts';
import { paceRule } from './rule.ts';
import type { Pace, PaceEvidence, Pacer, PaceState } from './types.ts';
import { explainPace } from './words.ts';

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
    const { come, late } = strataOf(stable, candidate);
    return {
      ...state,
      at,
      candidate: addCounts('candidate', state.candidate, candidate),
      excess: observeExcess(state.excess, come, late),
      traffic: observePeakRate(state.traffic, at, stable.n + candidate.n),
    };
  }

  function reached(state: PaceState, weight: number, at: number): PaceState {
    checkTime('at', at, state.at);
    checkWeight('weight', weight);
    return weight === state.weight ? state : { ...state, at, weight, weightSince: at };
  }

  function decide(state: PaceState, evidence: readonly PaceEvidence[], now: number): Pace {
    checkTime('now', now, state.at);
    const { weight, weightSince, traffic, candidate } = state;
    const input = {
      weight,
      weightSince,
      upper: excessUpper(state.excess, options.alphaUpper),
      clientsPerSecond: peakOf(state, now),
      measuredAt: traffic.since + MEASURE_FOR,
      clients: candidate.n,
    };
    const ruling = paceRule(input, evidence, options, now);
    return { ...ruling, explanation: explainPace(ruling.action, ruling, candidate.n, options, now) };
  }

  /** The higher of what was expected and what came: weights cannot shrink when more come later. */
  function peakOf({ traffic }: PaceState, now: number): number | null {
    const { clientsPerSecond } = options;
    const seen = peakRate(traffic, now);
    if (clientsPerSecond !== null) return Math.max(clientsPerSecond, seen ?? 0);
    return isMeasured(traffic, now) ? (seen ?? 0) : null;
  }

  return { options, initial, observe, reached, decide };
}
