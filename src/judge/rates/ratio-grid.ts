import { logMeanExp } from '../logs.ts';

/**
 * Is candidate's rate more than `rho` times stable's (or less)? A mixture of likelihood ratios over a grid of ratios,
 * conditional on the exposure of both arms; Lindon & Malek (anytime-valid inference for multinomial count data), with
 * the actual numbers of clients in place of a nominal weight.
 *
 * Why it is a test: with `b = (n1*rho+n0)/(n1*r+n0)` and `a = b*r/rho`, the expected factor of a block given its
 * exposure is at most `exp(n1*p1*(a-1) + n0*p0*(b-1))`, whose exponent is not positive under the null hypothesis,
 * whatever the base rate, the traffic and the weight were. So the mean never grows (a supermartingale), and by
 * Ville's inequality it reaches 1/alpha at any time at all with probability alpha at most.
 */

/** One closed block: exposure (`n`) and bad ones (`e`) of candidate (1) and stable (0). */
export interface Exposure {
  readonly n1: number;
  readonly e1: number;
  readonly n0: number;
  readonly e0: number;
}

export interface RatioGrid {
  readonly size: number;
  /** The tolerated ratio. */
  readonly rho: number;
  /** ln(r_j/rho) of each alternative, and r_j. */
  readonly steps: readonly number[];
  readonly ratios: readonly number[];
  /** ln(E_j / E_j before) of each alternative for one block, added to `logs` in place. */
  add(logs: number[], block: Exposure): void;
  /** ln E of the uniform mixture over a list of blocks, from scratch. */
  logE(blocks: Iterable<Exposure>): number;
}

/** Alternatives of an even grid, unless told otherwise: up to 50 times worse, down to 8 times better than tolerated. */
export const WORSE_SPAN = 50;
export const BETTER_SPAN = 8;
export const GRID_SIZE = 32;

/**
 * `worse`: H0 `p1 <= rho*p0`, alternatives `r_j = rho*span^((j+.5)/size)`. `better`: H0 `p1 >= rho*p0`, alternatives
 * `r_j = rho*span^(-(j+.5)/size)`.
 */
export function ratioGrid(
  direction: 'worse' | 'better',
  rho: number,
  span: number = direction === 'worse' ? WORSE_SPAN : BETTER_SPAN,
  size: number = GRID_SIZE,
): RatioGrid {
  const sign = direction === 'worse' ? 1 : -1;
  return gridOf(
    rho,
    Array.from({ length: size }, (_, j) => (sign * (j + 0.5) * Math.log(span)) / size),
  );
}

/** ln of the smallest and of the largest rise that the harm test looks for: 1.35 and 100 times. */
const LEAST_RISE = 0.3;
const MOST_RISE = Math.log(100);

/**
 * The alternatives of the harm test, H0 `p1 <= rho*p0`: from 1.35 to 100 times rho, evenly in the square root of the
 * logarithm. When a small rise is found, it is known less exactly in proportion, and what a mixture costs is the share of it that
 * lies near the truth: a grid that is even in the logarithm spends too much on large rises. Its end is where it is because
 * with three bad clients of candidate and none of stable (weight 10 %) the evidence should do. docs/judge.md has the figures.
 */
export function harmGrid(rho: number): RatioGrid {
  const [from, to] = [Math.sqrt(LEAST_RISE), Math.sqrt(MOST_RISE)];
  const steps = Array.from(
    { length: GRID_SIZE },
    (_, j) => (from + ((j + 0.5) / GRID_SIZE) * (to - from)) ** 2,
  );
  return gridOf(rho, steps);
}

function gridOf(rho: number, steps: readonly number[]): RatioGrid {
  const size = steps.length;
  const ratios = steps.map((step) => rho * Math.exp(step));

  function add(logs: number[], { n1, e1, n0, e0 }: Exposure): void {
    const bad = e1 + e0;
    if (bad === 0) return;
    const atNull = n1 * rho + n0;
    for (let j = 0; j < size; j++) {
      logs[j] = logs[j]! + e1 * steps[j]! + bad * Math.log(atNull / (n1 * ratios[j]! + n0));
    }
  }

  return {
    size,
    rho,
    steps,
    ratios,
    add,
    logE(blocks) {
      const logs = new Array<number>(size).fill(0);
      for (const block of blocks) if (block.n1 + block.n0 > 0) add(logs, block);
      return logMeanExp(logs);
    },
  };
}
