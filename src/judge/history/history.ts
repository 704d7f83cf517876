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
import { type BurstProcess, type BurstState, burstProcess } from './bursts.ts';
import { CALM, type Ordinary } from './swings.ts';

export interface HistoryOptions {
  /** Rates up to this (a fraction) never alarm. 0: no floor. */
  readonly floor: number;
  /** Clients of the service in the last 24 hours, and how many of them were hurt. */
  readonly pastClients: number;
  readonly pastBad: number;
  /** Probability of an alarm, at any time at all, while the rate stays at or below the limit. */
  readonly alphaBake: number;
  /** Probability of an alarm by bursts such as the past had. May be higher where an alarm is only a reason to compare again. Default `alphaBake`. */
  readonly alphaBursts?: number;
  /** With fewer past clients than this there is no history, and 1 % is allowed, unless they surely had more. Default 1000. */
  readonly enough?: number;
  /** How much the past varied by itself. Default: not at all. */
  readonly ordinary?: Ordinary;
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
  /** Of each kind of burst that the past had. Absent: it had none. */
  readonly bursts?: readonly BurstState[];
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
  /** Past clients, where they are too few and something fixed is allowed instead; null: they are enough. */
  readonly unknown: number | null;
  /** Of evidence against the past with its bursts, which may go beyond the limit for a while: `1/alphaBursts`; null: it had none to speak of. */
  readonly neededInBursts: number | null;
}

export interface HistoryTest {
  readonly options: HistoryOptions;
  /** The rate that history allows: `max(floor, 2*pU)`, up to 4 times where the rate changes from hour to hour. */
  readonly limit: number;
  /** Past clients, where they are too few for a comparison with the past; null: they are enough. */
  readonly unknown: number | null;
  initial(): HistoryState;
  /** Throws {@link JudgeInputError}; the state stays as it was. */
  observe(state: HistoryState, block: HistoryBlock): HistoryState;
  alarm(state: HistoryState): HistoryAlarm;
}

const ENOUGH = 1_000;
const WITHOUT_HISTORY = 0.01;
/** A service that mostly fails can still be told from one that always does. */
const HIGHEST = 0.99;
/** So many times the past rate are allowed; more where it changed slowly, by so many standard deviations, up to the most. */
const TIMES = 2;
const SLOW_DEVIATIONS = 3;
const MOST_TIMES = 4;
/** An outage in the past is no licence: however much it varied, the gamma distribution has this shape at least, by the length of the window. */
const leastShape = (seconds: number): number => (seconds > 10 ? 0.5 : 0.25);
const LEAST_SHAPE_WITHIN = 0.25;
/** A rate that varies by less than a hundredth is constant. */
const CONSTANT_SHAPE = 10_000;
/** A rate that varies by less than a fifth of its mean has no bursts to speak of. */
const NOTABLE_SHAPE = 25;
/** For so long (s) those who came may turn bad; the router counts them anew then. */
const EPOCH = 600;

/**
 * The bake: all traffic is on candidate and no control is left, so its rate is tested against what the service's past
 * allows, twice an upper bound of the past rate. It cannot tell a bad release from a bad day, so an alarm is a reason to
 * compare again (a retreat), rather than a verdict.
 *
 * Where the past had bursts (`ordinary`), each client is no fact by itself. Then the alarm needs a second kind of evidence as well, for each
 * length of a window: that the candidate is worse than the past *with its bursts* (`bursts.ts`). The smaller E value counts, so the promise holds if
 * clients are independent, or if the rate is drawn anew in each window of one of these lengths.
 */
export function historyTest(options: HistoryOptions): HistoryTest {
  checkOptions(options);
  const { ordinary = CALM } = options;
  const limit = historyLimit(options);
  const absolute = absoluteStarts(limit);
  const unknown = pastUpper(options) === null ? options.pastClients : null;
  const bursts = burstsOf(options);
  const isBursty = bursts.some(
    ({ options: { shape, shapeWithin } }) => Math.min(shape, shapeWithin) < NOTABLE_SHAPE,
  );
  const needed = 1 / options.alphaBake;
  const limitLogE = Math.log(needed);
  const { alphaBursts = options.alphaBake } = options;
  const allowance = limitLogE + Math.log(alphaBursts);

  function observe(state: HistoryState, block: HistoryBlock): HistoryState {
    checkTime('at', block.at, state.at);
    checkCounts('', block);
    const candidate = withCome(state.candidate, block);
    const since = state.since ?? block.at;
    const minute = minutesBetween(since, block.at);
    // All traffic came a moment before the first block did.
    const process = state.since === null ? absolute.initial(block.fine) : state.process;
    const next = {
      ...state,
      since,
      at: block.at,
      candidate,
      process: absolute.observe(process, minute, block),
      ...(bursts.length === 0 ? {} : { bursts: observeBursts(state, minute, block) }),
    };
    return { ...next, alarm: state.alarm ?? alarmBy(next, block.at) };
  }

  function observeBursts(state: HistoryState, minute: number, block: HistoryBlock): readonly BurstState[] {
    const { at, n, bad, fine = 0 } = block;
    const later = (fine * (at - (state.at ?? at))) / 1000 / EPOCH;
    const exposed = (1 - ordinary.late) * n + ordinary.late * later;
    return bursts.map((process, j) =>
      process.observe(state.bursts?.[j] ?? process.initial(), { at, minute, exposed, bad }),
    );
  }

  function alarmBy(state: HistoryState, at: number): HistoryState['alarm'] {
    if (!mayReach(state.process, limitLogE)) return null;
    const logE = logEOf(state);
    return logE < limitLogE ? null : { at, logE };
  }

  /** That of bursts as if it needed as much. */
  const logEOf = ({ process, bursts: states = [] }: HistoryState): number =>
    Math.min(
      lateStartsLogE(process),
      ...bursts.map((one, j) => allowance + (states[j] === undefined ? 0 : one.logE(states[j]))),
    );

  return {
    options,
    limit,
    unknown,
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
      e: cappedExp(Math.max(logEOf(state), state.alarm?.logE ?? Number.NEGATIVE_INFINITY)),
      needed,
      candidate: state.candidate,
      limit,
      unknown,
      neededInBursts: isBursty ? 1 / alphaBursts : null,
    }),
  };
}

/** Who came in the moment before the first block, and turned bad since, counts as having come. */
function withCome(total: Counts, { n, bad, late = 0 }: BlockCounts): Counts {
  const missing = Math.max(0, total.bad + bad - total.n - n);
  return addCounts('candidate', total, { n: n + Math.min(late, missing), bad });
}

/** `pU = (e + 2*sqrt(e) + 3)/n` bounds the past rate from above; null: there is no history. Few clients are one where they surely refute what is allowed without. */
function pastUpper({ pastClients, pastBad, enough = ENOUGH }: HistoryOptions): number | null {
  const isRefuted = pastBad - 2 * Math.sqrt(pastBad) > WITHOUT_HISTORY * pastClients;
  if (pastClients < enough && !isRefuted) return null;
  return (pastBad + 2 * Math.sqrt(pastBad) + 3) / pastClients;
}

function historyLimit(options: HistoryOptions): number {
  const { floor, ordinary = CALM } = options;
  const upper = pastUpper(options);
  const times = Math.min(MOST_TIMES, Math.max(TIMES, 1 + SLOW_DEVIATIONS * ordinary.slow));
  return Math.min(HIGHEST, Math.max(floor, upper === null ? WITHOUT_HISTORY : times * upper));
}

/** Only of windows whose rate was not as good as constant. */
function burstsOf(options: HistoryOptions): readonly BurstProcess[] {
  const { floor, ordinary = CALM } = options;
  const upper = pastUpper(options);
  const rate = Math.min(HIGHEST, Math.max(floor, upper ?? WITHOUT_HISTORY));
  return ordinary.bursts
    .filter(() => ordinary.within * CONSTANT_SHAPE > rate)
    .map(({ seconds, scale }) => {
      const shape = Math.max(leastShape(seconds), Math.min(CONSTANT_SHAPE, rate / scale));
      const shapeWithin = Math.max(LEAST_SHAPE_WITHIN, rate / Math.max(scale, ordinary.within));
      return burstProcess({ seconds, rate, shape, shapeWithin });
    });
}

function checkOptions(options: HistoryOptions): void {
  if (options.floor !== 0) checkShare('options.floor', options.floor);
  checkCount('options.pastClients', options.pastClients);
  checkCount('options.pastBad', options.pastBad);
  if (options.pastBad > options.pastClients) {
    throw new JudgeInputError('options.pastBad', `exceeds options.pastClients: ${options.pastBad}`);
  }
  checkShare('options.alphaBake', options.alphaBake);
  if (options.alphaBursts !== undefined) checkShare('options.alphaBursts', options.alphaBursts);
  if (options.enough !== undefined) checkPositive('options.enough', options.enough);
  checkOrdinary(options.ordinary ?? CALM);
}

function checkOrdinary({ late, bursts, within, slow }: Ordinary): void {
  const some = [
    ['late', late],
    ['within', within],
    ['slow', slow],
    ...bursts.map(({ scale }, j) => [`bursts[${j}].scale`, scale] as const),
  ] as const;
  for (const [name, value] of some) if (value !== 0) checkPositive(`options.ordinary.${name}`, value);
  for (const [j, { seconds }] of bursts.entries())
    checkPositive(`options.ordinary.bursts[${j}].seconds`, seconds);
  if (late > 1) throw new JudgeInputError('options.ordinary.late', `is above 1: ${late}`);
}
