import { logAddExp, logSumExp } from '../logs.ts';

/**
 * Old health must not hide new harm: a release that was fine for an hour has gathered evidence of being fine, which a
 * failure that begins now would first have to outweigh. So a process is a mixture over starts, one every two seconds, with
 * weights that add up to 1: `FIRST` for the beginning, and `(1-FIRST) * SPREAD/(t+SPREAD)` for what has not started after t minutes.
 * That counts as 1, so that the whole begins at E = 1.
 *
 * Why every two seconds: where 1,000 clients come in a second, the health of a minute takes ten seconds to outweigh. With a start a
 * minute, a release of which 10 % begin to fail in the bake (stable: 1 %) hurts 973 clients there, with one every five seconds 232, two or one 219.
 * Where few come, the starts of a minute are the same evidence, and add up to one.
 *
 * Why .85 and 5: simulated runs in 36 cells (base rate .1, 1, 5 %, weight 5-50 %, ratio 2-10) took, over a process with one
 * start, 2.5 % more clients to reach harm; with .8 and .9 it was 3.4 and 1.7 %. A failure 20 times stable's rate that begins
 * after 3.5, 11 and 30.5 minutes (1,000 clients/s, weight 5 %) is found in 9, 10 and 12 s, by a process with one start in 18, 20 and 22 s.
 */
const FIRST = 0.85;
const SPREAD = 5;
const MINUTE = 60_000;
/** ms from one start to the next. */
const EVERY = 2_000;

/** A mixture over alternatives and starts. Plain data. */
export interface LateStarts {
  /** ln of each alternative's share, over all starts so far. */
  readonly logs: readonly number[];
  /** Minutes since the beginning up to the last start. */
  readonly minute: number;
}

export function firstStart(alternatives: number): LateStarts {
  return { logs: new Array<number>(alternatives).fill(Math.log(FIRST / alternatives)), minute: 0 };
}

/** Minutes from one time (Unix ms) to the last start before another, for {@link startUpTo}. */
export const minutesBetween = (from: number, to: number): number =>
  (Math.floor((to - from) / EVERY) * EVERY) / MINUTE;

/**
 * Gives the starts up to that minute their share; the caller adds what happens from then on. `before`: what alternative j begins
 * with, as ln of a factor, for clients whom the start did not see coming but may yet see turn bad.
 */
export function startUpTo(
  process: LateStarts,
  minute: number,
  before: (j: number) => number = () => 0,
): LateStarts {
  if (minute <= process.minute) return process;
  const share = Math.log((unstartedShare(process.minute) - unstartedShare(minute)) / process.logs.length);
  const logs = process.logs.slice();
  for (let j = 0; j < logs.length; j++) logs[j] = logAddExp(logs[j]!, share + before(j));
  return { logs, minute };
}

/** Nearer to 0 than this is 0: where nothing speaks for either side, rounding must not. */
const ROUNDING = 1e-9;

/** ln E of the whole. */
export function lateStartsLogE(process: LateStarts): number {
  const logE = logAddExp(logSumExp(process.logs), unstartedLog(process));
  return Math.abs(logE) < ROUNDING ? 0 : logE;
}

/** ln of what has not started yet. */
export const unstartedLog = (process: LateStarts): number => Math.log(unstartedShare(process.minute));

/** Whether ln E can be that high; cheap, and certain where it says no. */
export function mayReach(process: LateStarts, logE: number): boolean {
  const enough = logE - Math.log(process.logs.length + 1);
  return enough <= 0 || process.logs.some((log) => log >= enough);
}

/** Share of the starts after that minute. The weights telescope. */
export const unstartedShare = (minute: number): number => ((1 - FIRST) * SPREAD) / (minute + SPREAD);
