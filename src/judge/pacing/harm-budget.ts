import { checkCount, checkPositive, checkShare, checkWeight } from '../input.ts';
import { logSumExp } from '../logs.ts';
import type { Exposure } from '../rates/ratio-grid.ts';
import { NOBODY } from '../rates/strata.ts';

/** Bets on how much of what candidate does is no error: `c_0 = .98` with half of the prior, 15 smaller ones share the rest. */
const BETS = [0.98, ...Array.from({ length: 15 }, (_, j) => 0.9 * (0.005 / 0.9) ** (j / 14))];
const LOG_PRIOR = BETS.map((_, j) => Math.log(j === 0 ? 1 / 2 : 1 / 30));

/** What the bound remembers. Plain data. */
export interface ExcessState {
  /** `A_j`: ln of each bet's value at an excess of 0. */
  readonly logs: readonly number[];
  /** Clients of candidate so far. */
  readonly n: number;
}

export const emptyExcess = (): ExcessState => ({ logs: new Array<number>(BETS.length).fill(0), n: 0 });

/**
 * Adds a block; one without clients of candidate says nothing. Without any of stable it bounds `p1` itself. An error of
 * a client that came in an earlier block counts by itself, which can only raise the bound, unless `late` says out of how many
 * it was (`strata.ts`): their excess is then bounded with that of those who came, per client who came.
 */
export function observeExcess(state: ExcessState, come: Exposure, late: Exposure = NOBODY): ExcessState {
  const logs = [come, late].reduce(withExposure, state.logs);
  return logs === state.logs && come.n1 === 0 ? state : { logs, n: state.n + come.n1 };
}

function withExposure(logs: readonly number[], { n1, e1, n0, e0 }: Exposure): readonly number[] {
  for (const [field, value] of Object.entries({ n1, e1, n0, e0 })) checkCount(field, value);
  if ((n1 === 0 && e1 === 0) || (e1 === 0 && e0 === 0)) return logs;
  return logs.map((log, j) => {
    const stable = n0 > 0 && e0 > 0 ? e0 * Math.log1p((BETS[j]! * n1) / n0) : 0;
    return log + e1 * Math.log1p(-BETS[j]!) + stable;
  });
}

/**
 * Upper bound U of candidate's excess `p1 - p0`: with probability `1 - alpha` it exceeds the exposure-weighted mean
 * excess so far at all times at once. Valid because `1+x <= e^x`, so that a block multiplies the expectation of
 * `exp(A_j)` by at most `exp(-c_j*n1*(p1-p0))`, at any rates. 1 before anything was seen; about `3.66/n` after n clients
 * without an error (alpha = .05).
 */
export function excessUpper(state: ExcessState, alpha: number): number {
  checkShare('alpha', alpha);
  const needed = Math.log(1 / alpha);
  const logE = (d: number) => logSumExp(terms(state, d));
  if (state.n === 0 || logE(1) < needed) return 1;
  if (logE(0) >= needed) return 0;
  return rootFromAbove(state, needed);
}

/** Newton from d = 1: the function is convex and increasing, so every step stays above the root. */
function rootFromAbove(state: ExcessState, needed: number): number {
  let d = 1;
  for (let step = 0; step < 200; step++) {
    const logs = terms(state, d);
    const logE = logSumExp(logs);
    const slope = state.n * logs.reduce((sum, log, j) => sum + BETS[j]! * Math.exp(log - logE), 0);
    const next = d - (logE - needed) / slope;
    // Its error falls with the square of the step.
    if (!(d - next > 1e-12 * d)) return Math.min(d, next);
    d = next;
  }
  return d;
}

const terms = ({ logs, n }: ExcessState, d: number): number[] =>
  logs.map((log, j) => LOG_PRIOR[j]! + log + BETS[j]! * n * d);

export interface BudgetInput {
  /** {@link excessUpper}, 0-1. */
  readonly upper: number;
  /** Clients that a bad release may hurt before we can react. */
  readonly budget: number;
  /** Expected peak of clients a second. */
  readonly clientsPerSecond: number;
  readonly blockSeconds: number;
  readonly reactionSeconds: number;
  /** Weight of the step that is next, and the weight now; basis points. */
  readonly step: number;
  readonly current: number;
}

/**
 * The widest weight (basis points, and as a share) at which the harm until the next reaction stays within the budget:
 * `min(1, budget / (clients * (block + reaction) * upper))`. Never below the current weight.
 */
export function budgetWeight(input: BudgetInput): { readonly ceiling: number; readonly basisPoints: number } {
  for (const field of ['budget', 'clientsPerSecond', 'blockSeconds', 'reactionSeconds'] as const) {
    checkPositive(field, input[field]);
  }
  if (input.upper !== 0 && input.upper !== 1) checkShare('upper', input.upper);
  for (const field of ['step', 'current'] as const) checkWeight(field, input[field]);
  const atRisk = input.clientsPerSecond * (input.blockSeconds + input.reactionSeconds) * input.upper;
  const ceiling = atRisk <= input.budget ? 1 : input.budget / atRisk;
  const allowed = atRisk === 0 ? input.step : Math.floor((input.budget * 10_000) / atRisk);
  return { ceiling, basisPoints: Math.max(input.current, Math.min(input.step, allowed)) };
}
