import { checkCount, checkPositive, checkShare, checkTime, JudgeInputError } from '../input.ts';
import { cappedExp, logMeanExp } from '../logs.ts';
import {
  firstStart,
  type LateStarts,
  lateStartsLogE,
  minutesBetween,
  startUpTo,
} from '../rates/late-starts.ts';
import { BETS, betAbove, betBelow, type Line, type Values } from './assigned-bets.ts';

export interface DifferenceOptions {
  /** Harm: candidate's mean is above this line; `{ ratio: 1, margin: 0.02 }` tolerates 2 points more. */
  readonly tolerate: Line;
  /** Safe: candidate's mean is below this line. */
  readonly safeBelow: Line;
  readonly alphaHarm: number;
  readonly alphaSafe: number;
}

/**
 * What both arms did since the last block, as badness: 0 is as good as it gets, 1 as bad ({@link badness}). One value a
 * client; `[[1, bad], [0, n - bad]]` for events.
 */
export interface DifferenceBlock {
  /** Unix ms; never decreases. */
  readonly at: number;
  /** The probability with which each client of the block became candidate's. null: not known or not one; no evidence. */
  readonly share: number | null;
  readonly stable: Values;
  readonly candidate: Values;
}

export interface ArmMean {
  readonly n: number;
  readonly sum: number;
}

/** Plain data that survives JSON. */
export interface DifferenceState {
  readonly since: number | null;
  readonly at: number | null;
  readonly stable: ArmMean;
  readonly candidate: ArmMean;
  readonly harmBets: LateStarts;
  readonly safeBets: readonly number[];
  /** When harm was first reached, with ln E; null: not yet. */
  readonly harm: { readonly at: number; readonly logE: number } | null;
}

export interface DifferenceVerdict {
  readonly verdict: 'harm' | 'safe' | 'undecided';
  readonly e: { readonly harm: number; readonly safe: number };
  readonly needed: { readonly harm: number; readonly safe: number };
  /** Plain means so far, 0-1; null: none yet. */
  readonly means: { readonly stable: number | null; readonly candidate: number | null };
}

export interface DifferenceTest {
  readonly options: DifferenceOptions;
  initial(): DifferenceState;
  /** Throws {@link JudgeInputError}; the state stays as it was. */
  observe(state: DifferenceState, block: DifferenceBlock): DifferenceState;
  verdict(state: DifferenceState): DifferenceVerdict;
  /** ln of both E values of this moment, harm without its latch: these may be averaged with those of other tests. */
  logE(state: DifferenceState): { readonly harm: number; readonly safe: number };
}

/**
 * The sequential test of two means of values in [0, 1], by bets on the inverse-probability-weighted difference. It needs
 * to know with which probability each client became candidate's; for frequent events it then needs fewer clients than
 * the test of rates, which looks at the bad ones alone. Harm stays, safe does not; harm has late starts (`rates.ts`).
 *
 * The assignment must not depend on what the client then meets. Where answers are slow, that holds for clients in the order in
 * which they came: a block must not pick them by how fast they were answered.
 */
export function differenceTest(options: DifferenceOptions): DifferenceTest {
  checkLine('options.tolerate', options.tolerate);
  checkLine('options.safeBelow', options.safeBelow);
  checkShare('options.alphaHarm', options.alphaHarm);
  checkShare('options.alphaSafe', options.alphaSafe);
  const needed = { harm: 1 / options.alphaHarm, safe: 1 / options.alphaSafe };

  function observe(state: DifferenceState, given: DifferenceBlock): DifferenceState {
    const { at, share, stable, candidate } = given;
    checkTime('at', at, state.at);
    const seen = {
      stable: addValues('stable', state.stable, stable),
      candidate: addValues('candidate', state.candidate, candidate),
    };
    const since = state.since ?? at;
    const started = startUpTo(state.harmBets, minutesBetween(since, at));
    const next = { ...state, ...seen, since, at, harmBets: started };
    if (share === null) return latch(next);
    checkShare('share', share);
    const block = { stable, candidate, share, center: pooledMean(state) };
    const harmFactors = betAbove(options.tolerate, block);
    const safeFactors = betBelow(options.safeBelow, block);
    return latch({
      ...next,
      harmBets: { ...started, logs: started.logs.map((log, i) => log + harmFactors[i]!) },
      safeBets: state.safeBets.map((log, i) => log + safeFactors[i]!),
    });
  }

  function latch(state: DifferenceState): DifferenceState {
    const logE = lateStartsLogE(state.harmBets);
    return state.harm !== null || logE < Math.log(needed.harm)
      ? state
      : { ...state, harm: { at: state.at!, logE } };
  }

  function logE({ harmBets, safeBets }: DifferenceState) {
    return { harm: lateStartsLogE(harmBets), safe: logMeanExp(safeBets) };
  }

  function verdict(state: DifferenceState): DifferenceVerdict {
    const now = logE(state);
    const safe = cappedExp(now.safe);
    return {
      verdict: state.harm !== null ? 'harm' : safe >= needed.safe ? 'safe' : 'undecided',
      e: { harm: cappedExp(Math.max(now.harm, state.harm?.logE ?? Number.NEGATIVE_INFINITY)), safe },
      needed,
      means: { stable: mean(state.stable), candidate: mean(state.candidate) },
    };
  }

  const initial = (): DifferenceState => ({
    since: null,
    at: null,
    stable: { n: 0, sum: 0 },
    candidate: { n: 0, sum: 0 },
    harmBets: firstStart(BETS),
    safeBets: new Array<number>(BETS).fill(0),
    harm: null,
  });

  return { options, initial, observe, verdict, logE };
}

/** A value as badness, 0 at `best` and 1 at `worst`, e.g. stars from 5 to 1. Throws where it is beyond either. */
export function badness(
  value: number,
  { best, worst }: { readonly best: number; readonly worst: number },
): number {
  const bad = (value - best) / (worst - best);
  if (!(bad >= 0 && bad <= 1))
    throw new JudgeInputError('value', `is not between ${best} and ${worst}: ${value}`);
  return bad;
}

/** What is expected of the next client, whichever arm; begins at 1/2. */
function pooledMean({ stable, candidate }: DifferenceState): number {
  return (stable.sum + candidate.sum + 0.5) / (stable.n + candidate.n + 1);
}

const mean = ({ n, sum }: ArmMean): number | null => (n === 0 ? null : sum / n);

function addValues(field: string, total: ArmMean, values: Values): ArmMean {
  return values.reduce(({ n, sum }, [value, count]) => {
    if (!(value >= 0 && value <= 1)) throw new JudgeInputError(field, `has a value beyond 0 and 1: ${value}`);
    checkCount(field, count);
    return { n: checkCount(field, n + count), sum: sum + value * count };
  }, total);
}

function checkLine(field: string, { ratio, margin }: Line): void {
  checkPositive(`${field}.ratio`, ratio);
  if (margin !== 0) checkShare(`${field}.margin`, margin);
}
