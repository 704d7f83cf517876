import {
  addCounts,
  type BlockCounts,
  type Counts,
  checkCount,
  checkCounts,
  checkPositive,
  checkShare,
  checkTime,
  JudgeInputError,
} from '../input.ts';
import { cappedExp } from '../logs.ts';
import { absoluteStarts } from '../rates/absolute-starts.ts';
import { type LateStarts, lateStartsLogE, mayReach, minutesBetween } from '../rates/late-starts.ts';

export interface HistoryOptions {
  /** Rates up to this (a fraction) never alarm. 0: no floor. */
  readonly floor: number;
  /** Clients of the service in the last 24 hours, and how many of them were hurt. */
  readonly pastClients: number;
  readonly pastBad: number;
  /** Probability of an alarm, at any time at all, while the rate stays at or below the limit. */
  readonly alphaBake: number;
  /** With fewer past clients than this there is no history, and 1 % is allowed. Default 1000. */
  readonly enough?: number;
}

/** What candidate, which has all traffic, did since the last block. */
export interface HistoryBlock extends BlockCounts {
  /** Unix ms; never decreases. */
  readonly at: number;
}

/** Plain data that survives JSON. */
export interface HistoryState {
  readonly since: number | null;
  readonly at: number | null;
  readonly candidate: Counts;
  readonly process: LateStarts;
  /** When the alarm was first raised, with ln E; null: not yet. */
  readonly alarm: { readonly at: number; readonly logE: number } | null;
}

export interface HistoryAlarm {
  /** Once raised it stays, until the test is started again. */
  readonly alarm: boolean;
  /** When it was raised, Unix ms. */
  readonly at: number | null;
  readonly e: number;
  readonly needed: number;
  readonly candidate: Counts;
  /** The rate that history allows. */
  readonly limit: number;
}

export interface HistoryTest {
  readonly options: HistoryOptions;
  /** The rate that history allows: `max(floor, 2*pU)`. */
  readonly limit: number;
  initial(): HistoryState;
  /** Throws {@link JudgeInputError}; the state stays as it was. */
  observe(state: HistoryState, block: HistoryBlock): HistoryState;
  alarm(state: HistoryState): HistoryAlarm;
}

const ENOUGH = 1_000;
const WITHOUT_HISTORY = 0.01;
/** A service that mostly fails can still be told from one that always does. */
const HIGHEST = 0.99;

/**
 * The bake: all traffic is on candidate and no control is left, so its rate is tested against what the service's past
 * allows, twice an upper bound of the past rate. It cannot tell a bad release from a bad day, so an alarm is a reason to
 * compare again (a retreat), rather than a verdict.
 */
export function historyTest(options: HistoryOptions): HistoryTest {
  checkOptions(options);
  const limit = historyLimit(options);
  const absolute = absoluteStarts(limit);
  const needed = 1 / options.alphaBake;
  const limitLogE = Math.log(needed);

  function observe(state: HistoryState, block: HistoryBlock): HistoryState {
    checkTime('at', block.at, state.at);
    checkCounts('', block);
    const candidate = addCounts('candidate', state.candidate, block);
    const since = state.since ?? block.at;
    const process = absolute.observe(state.process, minutesBetween(since, block.at), block);
    return { since, at: block.at, candidate, process, alarm: state.alarm ?? alarmBy(process, block.at) };
  }

  function alarmBy(process: LateStarts, at: number): HistoryState['alarm'] {
    if (!mayReach(process, limitLogE)) return null;
    const logE = lateStartsLogE(process);
    return logE < limitLogE ? null : { at, logE };
  }

  return {
    options,
    limit,
    initial: () => ({
      since: null,
      at: null,
      candidate: { n: 0, bad: 0 },
      process: absolute.initial(),
      alarm: null,
    }),
    observe,
    alarm: (state) => ({
      alarm: state.alarm !== null,
      at: state.alarm?.at ?? null,
      e: cappedExp(Math.max(lateStartsLogE(state.process), state.alarm?.logE ?? Number.NEGATIVE_INFINITY)),
      needed,
      candidate: state.candidate,
      limit,
    }),
  };
}

/** `pU = (e + 2*sqrt(e) + 3)/n` bounds the past rate from above; without history the limit is 1 %. */
function historyLimit({ floor, pastClients, pastBad, enough = ENOUGH }: HistoryOptions): number {
  const past =
    pastClients < enough ? WITHOUT_HISTORY : (2 * (pastBad + 2 * Math.sqrt(pastBad) + 3)) / pastClients;
  return Math.min(HIGHEST, Math.max(floor, past));
}

function checkOptions(options: HistoryOptions): void {
  if (options.floor !== 0) checkShare('options.floor', options.floor);
  checkCount('options.pastClients', options.pastClients);
  checkCount('options.pastBad', options.pastBad);
  if (options.pastBad > options.pastClients) {
    throw new JudgeInputError('options.pastBad', `exceeds options.pastClients: ${options.pastBad}`);
  }
  checkShare('options.alphaBake', options.alphaBake);
  if (options.enough !== undefined) checkPositive('options.enough', options.enough);
}
