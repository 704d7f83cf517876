import { logAddExp, logSumExp } from './logs.ts';

/**
 * Old health must not hide new harm: a release that was fine for an hour has gathered evidence of being fine, which a
 * failure that begins now would first have to outweigh. So a process is a mixture over starts, one a minute, with
 * weights that add up to 1: `FIRST` for the beginning and `(1-FIRST) * SPREAD/((k+SPREAD-1)(k+SPREAD))` for minute k.
 * What has not started yet counts as 1, so that the whole begins at E = 1.
 *
 * Why .85 and 5: 300 simulated runs in each of 36 cells (base rate .1, 1, 5 %, weight 5-50 %, ratio 2-10) took, over a
 * process with one start, 2.5 % more clients to reach harm; with .8 and .9 it was 3.4 and 1.7 %, with 1/2 and `1/(2k(k+1))` 8 %.
 * A failure 20 times stable's rate that begins after 3, 10 and 30 minutes (1,000 clients/s, weight 5 %) was found in 7.5, 8.1
 * and 9.3 s; with .8 and .9 in 7.5, 8.1, 9.1 and 7.8, 8.5, 9.6 s, by a process with one start in 16, 19 and 19 s.
 */
const FIRST = 0.85;
const SPREAD = 5;
const MINUTE = 60_000;

/** A mixture over alternatives and starts. Plain data. */
export interface LateStarts {
  /** ln of each alternative's share, over all starts so far. */
  readonly logs: readonly number[];
  /** Minutes started since the beginning. */
  readonly minute: number;
}

export function firstStart(alternatives: number): LateStarts {
  return { logs: new Array<number>(alternatives).fill(Math.log(FIRST / alternatives)), minute: 0 };
}

/** Minutes between two times, for {@link startUpTo}. */
export const minutesBetween = (from: number, to: number): number => Math.floor((to - from) / MINUTE);

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
  const share = Math.log((unstarted(process.minute) - unstarted(minute)) / process.logs.length);
  return { logs: process.logs.map((log, j) => logAddExp(log, share + before(j))), minute };
}

/** ln E of the whole. */
export function lateStartsLogE(process: LateStarts): number {
  return logAddExp(logSumExp(process.logs), unstartedLog(process));
}

/** ln of what has not started yet. */
export const unstartedLog = (process: LateStarts): number => Math.log(unstarted(process.minute));

/** Whether ln E can be that high; cheap, and certain where it says no. */
export function mayReach(process: LateStarts, logE: number): boolean {
  const enough = logE - Math.log(process.logs.length + 1);
  return enough <= 0 || process.logs.some((log) => log >= enough);
}

/** Share of the starts after that minute. The weights telescope. */
const unstarted = (minute: number): number => ((1 - FIRST) * SPREAD) / (minute + SPREAD);
