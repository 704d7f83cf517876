import { figure, percent, whole } from './explain/words.ts';
import { checkCount, checkPositive, checkShare, checkTime, checkWeight, JudgeInputError } from './input.ts';
import { cappedExp, logMeanExp } from './logs.ts';

export interface SampleRatioOptions {
  /**
   * Candidate may get up to this many times the odds that its weight gives it, or that many times less. It covers what a router
   * rounds, and clients who come again.
   */
  readonly tolerate: number;
  /** Probability of an alarm, at any time at all, while the clients follow the weights. */
  readonly alpha: number;
}

/** A tenth more or less; one false alarm in 1,000 rollouts. */
export const SAMPLE_RATIO_DEFAULTS: SampleRatioOptions = { tolerate: 1.1, alpha: 0.001 };

/** Clients that came for the first time, by the arm that they reached. */
export interface SampleRatioBlock {
  /** Unix ms; never decreases. */
  readonly at: number;
  /** Candidate's weight throughout the block, basis points, 0-10000. null: it changed within the block; no evidence. */
  readonly weight: number | null;
  readonly stable: number;
  readonly candidate: number;
}

/** Plain data that survives JSON. */
export interface SampleRatioState {
  readonly at: number | null;
  /** ln E of each multiple of the odds. */
  readonly logs: readonly number[];
  readonly clients: number;
  /** Clients of candidate: that came, and that the weights ask for. */
  readonly candidate: number;
  readonly expected: number;
  /** Clients that reached an arm without weight. */
  readonly astray: number;
  /** When the alarm was raised; null: not yet. */
  readonly alarm: { readonly at: number; readonly logE: number } | null;
}

export interface SampleRatioAlarm {
  /** Once raised it stays: evidence from such a split is not to be trusted, nor is what follows. */
  readonly alarm: boolean;
  readonly at: number | null;
  readonly e: number;
  readonly needed: number;
  readonly clients: number;
  readonly candidate: number;
  readonly expected: number;
  readonly explanation: string;
}

export interface SampleRatioTest {
  readonly options: SampleRatioOptions;
  initial(): SampleRatioState;
  /** Throws {@link JudgeInputError}; the state stays as it was. */
  observe(state: SampleRatioState, block: SampleRatioBlock): SampleRatioState;
  alarm(state: SampleRatioState): SampleRatioAlarm;
}

/** Multiples of the tolerated odds that are looked at, each way: up to 50 times, evenly in the logarithm. */
const STEPS = Array.from({ length: 16 }, (_, j) => ((j + 0.5) / 16) * Math.log(50));

/**
 * Do the clients follow the weights? If not, a router ignores its weights, clients of one arm do not come back, or one arm
 * crashes before it is counted; then whatever the arms are compared by is not to be trusted, in either direction.
 *
 * A likelihood ratio of candidate's odds, mixed over both directions, at the weight of each block: Lindon & Malek,
 * anytime-valid inference for multinomial count data. With odds of at most `tolerate` times (at least `1/tolerate` times) what the
 * weight gives, the factor of each direction has a mean of at most 1, whatever the weights were.
 *
 * It needs clients that choose by themselves: count each client once in a rollout. The same clients counted in every
 * step reach the same arm each time, and say the same thing again and again.
 */
export function sampleRatioTest(options: SampleRatioOptions = SAMPLE_RATIO_DEFAULTS): SampleRatioTest {
  const { tolerate, alpha } = options;
  checkPositive('options.tolerate', tolerate);
  if (tolerate < 1) throw new JudgeInputError('options.tolerate', `must be at least 1: ${tolerate}`);
  checkShare('options.alpha', alpha);
  const needed = 1 / alpha;

  function observe(state: SampleRatioState, block: SampleRatioBlock): SampleRatioState {
    const { at, weight, stable, candidate } = block;
    checkTime('at', at, state.at);
    checkCount('stable', stable);
    checkCount('candidate', candidate);
    if (weight === null) return { ...state, at };
    checkWeight('weight', weight);
    const share = weight / 10_000;
    const counted = {
      ...state,
      at,
      clients: checkCount('clients', state.clients + stable + candidate),
      candidate: state.candidate + candidate,
      expected: state.expected + share * (stable + candidate),
      astray: state.astray + (weight === 0 ? candidate : weight === 10_000 ? stable : 0),
    };
    return latch({ ...counted, logs: logsAfter(state.logs, share, stable, candidate) });
  }

  function logsAfter(logs: readonly number[], w: number, stable: number, candidate: number) {
    const atNull = (odds: number) => odds * w + 1 - w;
    return logs.map((log, j) => {
      const sign = j < STEPS.length ? 1 : -1;
      const [step, edge] = [sign * STEPS[j % STEPS.length]!, tolerate ** sign];
      const factor = Math.log(atNull(edge) / atNull(edge * Math.exp(step)));
      return log + candidate * step + (stable + candidate) * factor;
    });
  }

  function latch(state: SampleRatioState): SampleRatioState {
    const logE = state.astray > 0 ? Number.MAX_VALUE : logMeanExp(state.logs);
    return state.alarm !== null || logE < Math.log(needed)
      ? state
      : { ...state, alarm: { at: state.at!, logE } };
  }

  function alarm(state: SampleRatioState): SampleRatioAlarm {
    const { clients, candidate, expected } = state;
    const e = cappedExp(Math.max(logMeanExp(state.logs), state.alarm?.logE ?? Number.NEGATIVE_INFINITY));
    const isAlarm = state.alarm !== null;
    const explanation = words(state, isAlarm, needed);
    return {
      alarm: isAlarm,
      at: state.alarm?.at ?? null,
      e,
      needed,
      clients,
      candidate,
      expected,
      explanation,
    };
  }

  return {
    options,
    initial: () => ({
      at: null,
      logs: new Array<number>(2 * STEPS.length).fill(0),
      clients: 0,
      candidate: 0,
      expected: 0,
      astray: 0,
      alarm: null,
    }),
    observe,
    alarm,
  };
}

function words(state: SampleRatioState, isAlarm: boolean, needed: number): string {
  const { clients, candidate, expected, astray } = state;
  if (clients === 0) return 'no clients so far';
  const seen = `${whole(candidate)} of ${whole(clients)} clients (${percent(candidate / clients)}) reached the candidate, where its weight asks for ${percent(expected / clients)}`;
  if (!isAlarm) return seen;
  const why =
    astray > 0
      ? `${figure(astray)} of them reached an arm that has no weight`
      : `by chance alone this would happen less than once in ${whole(needed)} rollouts`;
  return `${seen}; ${why}, so a comparison of the two is not to be trusted`;
}
