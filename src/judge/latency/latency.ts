import { checkTime, JudgeInputError } from '../input.ts';
import { leansSafe } from '../lean.ts';
import { cappedExp, logAddExp, logMeanExp } from '../logs.ts';
import { type DifferenceState, type DifferenceTest, differenceTest } from '../means/difference.ts';
import type { RateOptions, RateState, RateTest, RateVerdict } from '../rate-types.ts';
import { rateTest } from '../rates.ts';
import type { CutPoint } from './cut-points.ts';
import { type ArmLatency, checkLatency, countSlow } from './slow-counts.ts';

/** As in `rates.ts`, of the share of slow requests. */
export interface LatencyOptions extends RateOptions {
  /** At least one; frozen before candidate has traffic (`cutPoints`). */
  readonly cuts: readonly CutPoint[];
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
  readonly cuts: readonly CutState[];
  /** When harm was first reached, with ln E; null: not yet. */
  readonly harm: { readonly at: number; readonly logE: number } | null;
}

interface CutState {
  readonly pending: { readonly stable: number; readonly candidate: number };
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
  const { cuts, tolerate, floor, alphaHarm, alphaSafe } = options;
  if (cuts.length === 0) throw new JudgeInputError('options.cuts', 'is empty');
  // A cut can reach what all together need: its own test must not stop before.
  const rate = rateTest({ ...options, alphaHarm: alphaHarm / (2 * cuts.length) });
  const rhoSafe = rate.options.rhoSafe;
  const bets = differenceTest({
    // Above the line is above both, the tolerated ratio and the floor.
    tolerate: { ratio: tolerate, margin: floor },
    safeBelow: { ratio: rhoSafe, margin: 0 },
    alphaHarm,
    alphaSafe,
  });
  const needed = { harm: 1 / alphaHarm, safe: 1 / alphaSafe };

  const initial = (): LatencyState => ({
    at: null,
    cuts: cuts.map(({ expected }) => ({
      pending: { stable: 0, candidate: 0 },
      rate: rate.initial(),
      bets: expected !== null && expected >= FREQUENT ? bets.initial() : null,
    })),
    harm: null,
  });

  function observe(state: LatencyState, block: LatencyBlock): LatencyState {
    checkTime('at', block.at, state.at);
    checkLatency('stable', block.stable);
    checkLatency('candidate', block.candidate);
    const next = state.cuts.map((cut, j) => observeCut(rate, bets, cut, block, cuts[j]!.microseconds));
    const logE = logMeanExp(next.map((cut) => cutLogE(cut).harm));
    const harm = state.harm ?? (logE < Math.log(needed.harm) ? null : { at: block.at, logE });
    return { at: block.at, cuts: next, harm };
  }

  function cutLogE(cut: CutState): { readonly harm: number; readonly safe: number } {
    const byRate = rate.logE(cut.rate);
    if (cut.bets === null) return byRate;
    const byBets = bets.logE(cut.bets);
    return {
      harm: logAddExp(byRate.harm, byBets.harm) - Math.LN2,
      safe: logAddExp(byRate.safe, byBets.safe) - Math.LN2,
    };
  }

  function verdict(state: LatencyState): LatencyVerdict {
    const logs = state.cuts.map(cutLogE);
    const now = Math.min(logMeanExp(logs.map(({ harm }) => harm)), Math.log(needed.harm));
    const safe = cappedExp(Math.min(...logs.map((log) => log.safe)));
    const harmNow = cappedExp(now);
    const rates = state.cuts.map((cut, j) => ({ cut: cuts[j]!, rate: rate.verdict(cut.rate) }));
    const most = Math.max(...logs.map(({ harm }) => harm));
    return {
      verdict: state.harm !== null ? 'harm' : safe >= needed.safe ? 'safe' : 'undecided',
      e: { harm: cappedExp(Math.max(now, state.harm?.logE ?? Number.NEGATIVE_INFINITY)), safe },
      harmNow,
      needed,
      leaningSafe: leansSafe({ harm: harmNow, safe }, Math.min(...rates.map((one) => one.rate.candidate.n))),
      cuts: rates,
      worst: cuts[logs.findIndex(({ harm }) => harm === most)]!,
    };
  }

  return { options, initial, observe, verdict };
}

function observeCut(
  rate: RateTest,
  bets: DifferenceTest,
  state: CutState,
  { at, share, stable, candidate }: LatencyBlock,
  cut: number,
): CutState {
  const arms = {
    stable: countSlow(state.pending.stable, stable, cut),
    candidate: countSlow(state.pending.candidate, candidate, cut),
  };
  const values = ({ counts: { n, bad } }: (typeof arms)['stable']) =>
    [
      [1, bad],
      [0, n - bad],
    ] as const;
  return {
    pending: { stable: arms.stable.pending, candidate: arms.candidate.pending },
    rate: rate.observe(state.rate, { at, stable: arms.stable.counts, candidate: arms.candidate.counts }),
    bets:
      state.bets === null
        ? null
        : bets.observe(state.bets, {
            at,
            share,
            stable: values(arms.stable),
            candidate: values(arms.candidate),
          }),
  };
}
