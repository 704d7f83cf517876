import { type Counts, checkTime, JudgeInputError } from '../input.ts';
import { cappedExp, logAddExp, logMeanExp } from '../logs.ts';
import { type DifferenceState, type DifferenceTest, differenceTest } from '../means/difference.ts';
import { leanCounts, leansSafe } from '../rates/lean.ts';
import type { RateOptions, RateState, RateTest, RateVerdict } from '../rates/rate-types.ts';
import { rateTest } from '../rates/rates.ts';
import type { CutPoint } from './cut-points.ts';
import { type ArmLatency, checkLatency, countSlow } from './slow-counts.ts';

/** As in `rates.ts`, of the share of slow requests. */
export interface LatencyOptions extends RateOptions {
  /** At least one; frozen before candidate has traffic (`cutPoints`). */
  readonly cuts: readonly CutPoint[];
  /** For so long (ms), and for so many requests of the candidate at least, it is judged at its `cold` cuts alone. Default: none. */
  readonly warmUp?: { readonly time: number; readonly requests: number };
}

export interface LatencyBlock {
  /** Unix ms; never decreases. */
  readonly at: number;
  /**
   * The probability with which each client of the block became candidate's, 0-1; null: not known, or it changed within the
   * block or within a cut before it. With it, frequent events are judged by bets as well, which need fewer requests.
   */
  readonly share: number | null;
  readonly stable: ArmLatency;
  readonly candidate: ArmLatency;
}

/** Plain data that survives JSON; about 2 KB a cut. */
export interface LatencyState {
  readonly at: number | null;
  /** When the candidate's first request was decided, Unix ms; null: not yet. */
  readonly since: number | null;
  readonly cuts: readonly CutState[];
  /** When harm was first reached, with ln E; null: not yet. */
  readonly harm: { readonly at: number; readonly logE: number } | null;
}

interface CutState {
  /** Requests of the candidate that were left out while it warmed up. */
  readonly skipped: number;
  readonly rate: RateState;
  /** null: the event is too rare for bets. */
  readonly bets: DifferenceState | null;
}

export interface LatencyVerdict
  extends Pick<RateVerdict, 'verdict' | 'e' | 'harmNow' | 'needed' | 'leaningSafe'> {
  /** Each cut by itself, with the counts of slow requests; its own verdict spends a share of alphaHarm. */
  readonly cuts: readonly { readonly cut: CutPoint; readonly rate: RateVerdict }[];
  /** The cut with the most evidence of harm. */
  readonly worst: CutPoint;
}

export interface LatencyTest {
  readonly options: LatencyOptions;
  initial(): LatencyState;
  /** Throws {@link JudgeInputError}; the state stays as it was. */
  observe(state: LatencyState, block: LatencyBlock): LatencyState;
  verdict(state: LatencyState): LatencyVerdict;
  /** As that of `rates.ts`: may be averaged with those of other tests. */
  logE(state: LatencyState): { readonly harm: number; readonly safe: number };
}

/** Share of slow requests from which bets on all of them learn more than a comparison of the slow ones. */
const FREQUENT = 0.03;

/**
 * Latency as the share of requests slower than a cut: exact, without assumptions of its shape, and with whatever is in
 * flight. Harm where the mean of the cuts' E values reaches 1/alphaHarm (valid however they depend on one another); safe
 * where each cut is. Harm stays, safe does not. A cut with frequent events has the mean of two E values, that of the rates
 * and that of the bets.
 */
export function latencyTest(options: LatencyOptions): LatencyTest {
  const { cuts, alphaHarm, alphaSafe, warmUp = { time: 0, requests: 0 } } = options;
  if (cuts.length === 0) throw new JudgeInputError('options.cuts', 'is empty');
  const tests = cuts.map((cut) => testsOf(options, cut));
  const needed = { harm: 1 / alphaHarm, safe: 1 / alphaSafe };
  const mustBeSafe = cuts.map(({ cold = false }) => !cold || cuts.every((one) => one.cold === true));

  const initial = (): LatencyState => ({
    at: null,
    since: null,
    cuts: tests.map(({ rate, bets }) => ({
      skipped: 0,
      rate: rate.initial(),
      bets: bets === null ? null : bets.initial(),
    })),
    harm: null,
  });

  function observe(state: LatencyState, block: LatencyBlock): LatencyState {
    checkTime('at', block.at, state.at);
    checkLatency('stable', block.stable);
    checkLatency('candidate', block.candidate);
    const counts = cuts.map((cut) => countsAt(cut, block));
    const begins = counts.some(({ candidate }) => candidate.n > 0);
    const since = state.since ?? (begins ? block.at : null);
    const isEarly = since === null || block.at < since + warmUp.time;
    const next = state.cuts.map((cut, j) => {
      const isCold = isEarly || cut.skipped < warmUp.requests;
      return isCold && cuts[j]!.cold !== true && warmUp.requests + warmUp.time > 0
        ? { ...cut, skipped: cut.skipped + counts[j]!.candidate.n }
        : observeCut(tests[j]!, cut, block, counts[j]!);
    });
    const logE = logMeanExp(next.map((cut, j) => cutLogE(cut, j).harm));
    const harm = state.harm ?? (logE < Math.log(needed.harm) ? null : { at: block.at, logE });
    return { at: block.at, since, cuts: next, harm };
  }

  function cutLogE(cut: CutState, j: number): { readonly harm: number; readonly safe: number } {
    const { rate, bets } = tests[j]!;
    const byRate = rate.logE(cut.rate);
    if (cut.bets === null || bets === null) return byRate;
    const byBets = bets.logE(cut.bets);
    return {
      harm: logAddExp(byRate.harm, byBets.harm) - Math.LN2,
      safe: logAddExp(byRate.safe, byBets.safe) - Math.LN2,
    };
  }

  function logE(state: LatencyState): { readonly harm: number; readonly safe: number } {
    const logs = state.cuts.map((cut, j) => cutLogE(cut, j));
    const harm = Math.min(logMeanExp(logs.map((log) => log.harm)), Math.log(needed.harm));
    return { harm, safe: Math.min(...logs.filter((_, j) => mustBeSafe[j]).map((log) => log.safe)) };
  }

  function verdict(state: LatencyState): LatencyVerdict {
    const logs = state.cuts.map((cut, j) => cutLogE(cut, j));
    const { harm: now, safe: safeNow } = logE(state);
    const safe = cappedExp(safeNow);
    const harmNow = cappedExp(now);
    const rates = state.cuts.map((cut, j) => ({ cut: cuts[j]!, rate: tests[j]!.rate.verdict(cut.rate) }));
    const most = Math.max(...logs.map(({ harm }) => harm));
    const counts = rates.map(({ rate }) => leanCounts(rate));
    return {
      verdict: state.harm !== null ? 'harm' : safe >= needed.safe ? 'safe' : 'undecided',
      e: { harm: cappedExp(Math.max(now, state.harm?.logE ?? Number.NEGATIVE_INFINITY)), safe },
      harmNow,
      needed,
      leaningSafe: leansSafe(
        { harm: harmNow, safe },
        {
          clients: Math.min(...counts.map(({ clients }) => clients)),
          bad: Math.max(...counts.map(({ bad }) => bad)),
        },
      ),
      cuts: rates,
      worst: cuts[logs.findIndex(({ harm }) => harm === most)]!,
    };
  }

  return { options, initial, observe, verdict, logE };
}

interface CutTests {
  readonly rate: RateTest;
  /** null: the event is too rare for bets. */
  readonly bets: DifferenceTest | null;
}

function testsOf({ cuts, ...options }: LatencyOptions, cut: CutPoint): CutTests {
  const { tolerate, alphaHarm, alphaSafe } = options;
  const floor = cut.floor ?? options.floor;
  // A cut can reach what all together need: its own test must not stop before.
  const rate = rateTest({ ...options, floor, alphaHarm: alphaHarm / (2 * cuts.length) });
  if (cut.expected === null || cut.expected < FREQUENT) return { rate, bets: null };
  const bets = differenceTest({
    // Above the line is above both, the tolerated ratio and the floor.
    tolerate: { ratio: tolerate, margin: floor },
    safeBelow: { ratio: rate.options.rhoSafe, margin: 0 },
    alphaHarm,
    alphaSafe,
  });
  return { rate, bets };
}

type CutCounts = Readonly<Record<'stable' | 'candidate', Counts>>;

const countsAt = (cut: CutPoint, { stable, candidate }: LatencyBlock): CutCounts => ({
  stable: countSlow(stable, cut.microseconds),
  candidate: countSlow(candidate, cut.candidate ?? cut.microseconds),
});

function observeCut(
  { rate, bets }: CutTests,
  state: CutState,
  { at, share }: LatencyBlock,
  { stable, candidate }: CutCounts,
): CutState {
  const next = { ...state, rate: rate.observe(state.rate, { at, stable, candidate }) };
  if (state.bets === null || bets === null) return next;
  const block = { at, share, stable: valuesOf(stable), candidate: valuesOf(candidate) };
  return { ...next, bets: bets.observe(state.bets, block) };
}

const valuesOf = ({ n, bad }: Counts) =>
  [
    [1, bad],
    [0, n - bad],
  ] as const;
