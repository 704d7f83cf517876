import { checkCount, checkPositive, checkShare, JudgeInputError } from '../input.ts';
import { logMeanExp } from '../logs.ts';

/**
 * Change detection from the factors of an E process: each factor has a mean of at most 1 while nothing has changed.
 * Shin, Ramdas & Rinaldo, e-detectors: alarming at a value of A gives A blocks or more between false alarms, on average.
 */

/** One step of the E-CUSUM, `C = max(C, 1) * L`; begin with 0. */
export const cusumStep = (value: number, factor: number): number => Math.max(value, 1) * factor;

/** One step of the E-Shiryaev-Roberts detector, `M = (M + 1) * L`; begin with 0. */
export const shiryaevRobertsStep = (value: number, factor: number): number => (value + 1) * factor;

/** Rises looked for: 1.1 to 45 times, evenly in the logarithm. */
const LOG_RATIOS = Array.from({ length: 16 }, (_, j) => ((j + 0.5) / 16) * Math.log(50));

export interface ChangeBlock {
  readonly n: number;
  readonly bad: number;
  /**
   * The highest rate (0-1) that counts as unchanged in this block: an upper bound of the historical rate times
   * 1 + tolerance. It may follow the time of day, but must not depend on this block.
   */
  readonly expected: number;
}

/** ln C of each rise. Plain data. */
export interface ChangeState {
  readonly logs: readonly number[];
}

export interface ChangeDetector {
  initial(): ChangeState;
  /** Throws {@link JudgeInputError}; the state stays as it was. */
  observe(state: ChangeState, block: ChangeBlock): ChangeState;
  /** `logE`: ln of the mean over all rises. */
  alarm(state: ChangeState): { readonly alarm: boolean; readonly logE: number };
}

/**
 * Watches one rate without a control, for as long as it is: per block and rise r a factor `exp(bad*ln r - n*m*(r-1))`,
 * folded by E-CUSUM, averaged over the rises. `blocksBetweenFalseAlarms` is the least mean number of blocks until a false
 * alarm, e.g. 604,800 for one in a week at one block a second. An alarm does not stay; the caller decides what follows.
 */
export function changeDetector(blocksBetweenFalseAlarms: number): ChangeDetector {
  checkPositive('blocksBetweenFalseAlarms', blocksBetweenFalseAlarms);
  const needed = Math.log(blocksBetweenFalseAlarms);
  return {
    initial: () => ({ logs: new Array<number>(LOG_RATIOS.length).fill(0) }),
    observe({ logs }, { n, bad, expected }) {
      checkCount('n', n);
      checkCount('bad', bad);
      if (bad > n) throw new JudgeInputError('bad', `exceeds n: ${bad} of ${n}`);
      checkShare('expected', expected);
      return {
        logs: logs.map((log, j) => {
          const logRatio = LOG_RATIOS[j]!;
          return Math.max(log, 0) + bad * logRatio - n * expected * Math.expm1(logRatio);
        }),
      };
    },
    alarm({ logs }) {
      const logE = logMeanExp(logs);
      return { alarm: logE >= needed, logE };
    },
  };
}
