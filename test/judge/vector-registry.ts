import { weightedMeanLogE } from '../../src/judge/combine.ts';
import { cusumStep, shiryaevRobertsStep } from '../../src/judge/history/change-detection.ts';
import { budgetWeight, emptyExcess, excessUpper, observeExcess } from '../../src/judge/pacing/harm-budget.ts';
import { absoluteLogE } from '../../src/judge/rates/absolute.ts';
import { exactRatioInterval } from '../../src/judge/rates/interval.ts';
import { conditionalLimit } from '../../src/judge/rates/limit.ts';
import { type Exposure, ratioGrid } from '../../src/judge/rates/ratio-grid.ts';
import { asymptoticInterval } from '../../src/judge/reference/asymptotic.ts';
import { bernoulliInterval, betaBinomialLogMixture } from '../../src/judge/reference/beta-binomial.ts';
import { multinomialLogE, truncatedBetaLogE } from '../../src/judge/reference/beta-mixtures.ts';
import { blockBetLogE, hypergeometricLogPmf } from '../../src/judge/reference/block-tests.ts';
import { empiricalBernstein, hedgedCapital } from '../../src/judge/reference/bounded-means.ts';
import { ddsketchBucket } from '../../src/judge/reference/ddsketch.ts';
import { mannWhitney, mannWhitneyExact } from '../../src/judge/reference/mann-whitney.ts';
import { quantileTest } from '../../src/judge/reference/quantile-test.ts';

// biome-ignore lint/suspicious/noExplicitAny: each function names its own inputs, and a wrong one gives a wrong value.
type Inputs = any;

/** Name in the vectors -> function of Teal. */
export const registry: Readonly<Record<string, (inputs: Inputs) => unknown>> = {
  'ratioGrid.logE.worse': (i) => grid('worse', i, sharesOf(i.steps)),
  'ratioGrid.logE.better': (i) => grid('better', i, sharesOf(i.steps)),
  'ratioGrid.cs': (i) => ends(exactRatioInterval(sharesOf(i.steps), i.alpha)),
  'blockExposureGrid.logE.worse': (i) => grid('worse', i, i.blocks),
  'blockExposureGrid.logE.better': (i) => grid('better', i, i.blocks),
  'absMargin.logE': (i) => absoluteLogE(i.n, i.errors, i.delta, i.alt),
  'limit.conditional': conditionalLimit,
  'combine.weightedMean': (i) => weightedMeanLogE(i.logE, i.weights),
  'edetector.cusum': (i) => running(cusumStep, i.factors),
  'edetector.sr': (i) => running(shiryaevRobertsStep, i.factors),
  'harm.upper': (i) => upper(i),
  'harm.weight': (i) =>
    budgetWeight({
      upper: upper(i),
      budget: i.budget,
      clientsPerSecond: i.lambda,
      blockSeconds: i.blockSeconds,
      reactionSeconds: i.reactionSeconds,
      step: i.stepBasisPoints,
      current: i.currentBasisPoints,
    }),
  'confseq.beta_binomial_log_mixture': (i) =>
    betaBinomialLogMixture(i.s, i.v, {
      vOpt: i.v_opt,
      alphaOpt: i.alpha_opt,
      g: i.g,
      h: i.h,
      oneSided: i.one_sided,
    }),
  'confseq.bernoulli_ci_lower': (i) => bernoulli(i)[0],
  'confseq.bernoulli_ci_upper': (i) => bernoulli(i)[1],
  'confseq.quantile_ab_p_value': (i) =>
    quantileTest({
      a: values(i.a),
      b: values(i.b),
      p: i.quantile_p,
      tOpt: i.t_opt,
      alphaOpt: i.alpha_opt,
    }),
  'multinomial2.logE': multinomialLogE,
  'truncBeta.logE.worse': truncatedBetaLogE,
  'blockBet.logE': (i) => blockBetLogE(i.blocks, i.rho),
  'blockNCH.logPmf': hypergeometricLogPmf,
  'asympCS.halfWidth': asymptoticInterval,
  'empBern.predmix.cs': (i) => ends(empiricalBernstein(values(i.data, i.N), i.alpha, i.truncation)),
  'betting.hedgedCapital': (i) => hedgedCapital(values(i.data, i.N), i),
  mannWhitney: (i) => mannWhitney(i.canary, i.baseline),
  'mannWhitney.exact': (i) => mannWhitneyExact(i.canary, i.baseline),
  'ddsketch.bucket': (i) => ddsketchBucket(i.value, i.relativeAccuracy),
};

function grid(direction: 'worse' | 'better', i: Inputs, blocks: readonly Exposure[]): number {
  return ratioGrid(direction, i.rho, i.gridSpan, i.J).logE(blocks);
}

/** Steps at a nominal weight are blocks of w and 1-w clients: only their proportion matters. */
function sharesOf(steps: readonly { w: number; canaryErrors: number; baselineErrors: number }[]): Exposure[] {
  return steps.map((step) => ({
    n1: step.w,
    e1: step.canaryErrors,
    n0: 1 - step.w,
    e0: step.baselineErrors,
  }));
}

function upper(i: { alpha: number; blocks: readonly (readonly [number, number, number, number])[] }): number {
  const state = i.blocks.reduce(
    (before, [n1, e1, n0, e0]) => observeExcess(before, { n1, e1, n0, e0 }),
    emptyExcess(),
  );
  return excessUpper(state, i.alpha);
}

function bernoulli(i: Inputs): readonly [number, number] {
  return bernoulliInterval({ ...i, tOpt: i.t_opt, alphaOpt: i.alpha_opt });
}

function running(step: (value: number, factor: number) => number, factors: readonly number[]): number[] {
  let value = 0;
  return factors.map((factor) => {
    value = step(value, factor);
    return value;
  });
}

const ends = ([lower, upper]: readonly [number, number]) => ({ lower, upper });

/** Data are given as numbers, as `1..1000`, `1+70..1000+70`, or as one of two formulas for i=1..N. */
function values(data: string | readonly number[], count = 0): readonly number[] {
  if (typeof data !== 'string') return data;
  const range = /^(\d+)(?:\+(\d+))?\.\.(\d+)(?:\+(\d+))?$/.exec(data);
  if (range !== null) {
    const from = Number(range[1]) + Number(range[2] ?? 0);
    const to = Number(range[3]) + Number(range[4] ?? 0);
    return Array.from({ length: to - from + 1 }, (_, k) => from + k);
  }
  const sequence = Array.from({ length: count }, (_, k) => (((k + 1) * 37) % 101) / 100);
  if (data === '((i*37)%101)/100, i=1..N') return sequence;
  if (data === '(((i*37)%101)/100)^3, i=1..N') return sequence.map((value) => value ** 3);
  throw new Error(`unknown data: ${data}`);
}
