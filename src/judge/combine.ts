import { checkPositive, checkShare, JudgeInputError } from './input.ts';
import { cappedExp, logSumExp } from './logs.ts';
import type { RateVerdict } from './rates/rate-types.ts';

/** ln(sum of v_j*E_j): an E value again, however the metrics depend on one another. The weights add up to 1. */
export function weightedMeanLogE(logE: readonly number[], weights: readonly number[]): number {
  return logSumExp(logE.map((log, j) => log + Math.log(weights[j]!)));
}

export interface NamedVerdict {
  readonly metric: string;
  /** Of a test at `alphaHarm` times the metric's share, or it could not prove harm alone: `harmNow` ends at 1/its alpha. */
  readonly verdict: Pick<RateVerdict, 'verdict' | 'e' | 'harmNow'>;
  /** Relative to the others; default 1. */
  readonly weight?: number;
}

export interface CombinedVerdict {
  readonly verdict: 'harm' | 'safe' | 'undecided';
  /** `harm`: the weighted mean. `safe`: the smallest. */
  readonly e: { readonly harm: number; readonly safe: number };
  readonly needed: { readonly harm: number };
  /** The metric that proves harm alone, at its share of alpha, the strongest first; null: only all together do. */
  readonly culprit: string | null;
}

/**
 * One verdict over several metrics. Harm where the weighted mean of their E values reaches `1/alphaHarm`: the error
 * probability holds for the whole, under any dependence, and it never needs more than Bonferroni's share. Each metric
 * must pass for safe; that needs no correction. No metrics: undecided.
 *
 * It is about this moment: a mean of E values is one, a mean of the highest that each ever had is none. So a caller that
 * acts on harm must look after every block, and keep it once it is there.
 */
export function combineVerdicts(metrics: readonly NamedVerdict[], alphaHarm: number): CombinedVerdict {
  checkShare('alphaHarm', alphaHarm);
  const needed = 1 / alphaHarm;
  const shares = sharesOf(metrics);
  const parts = metrics.map(({ metric, verdict }, j) => ({ metric, harm: shares[j]! * verdict.harmNow }));
  const harm = Math.min(
    cappedExp(Number.POSITIVE_INFINITY),
    parts.reduce((sum, part) => sum + part.harm, 0),
  );
  const worst = parts.reduce<(typeof parts)[number] | null>(
    (top, part) => (top === null || part.harm > top.harm ? part : top),
    null,
  );
  const allSafe = metrics.length > 0 && metrics.every(({ verdict }) => verdict.verdict === 'safe');
  return {
    verdict: harm >= needed ? 'harm' : allSafe ? 'safe' : 'undecided',
    e: { harm, safe: metrics.length === 0 ? 1 : Math.min(...metrics.map(({ verdict }) => verdict.e.safe)) },
    needed: { harm: needed },
    culprit: worst !== null && worst.harm >= needed ? worst.metric : null,
  };
}

function sharesOf(metrics: readonly NamedVerdict[]): readonly number[] {
  const names = new Set<string>();
  for (const { metric, weight } of metrics) {
    if (names.has(metric)) throw new JudgeInputError('metric', `is there twice: ${metric}`);
    names.add(metric);
    if (weight !== undefined) checkPositive('weight', weight);
  }
  const total = metrics.reduce((sum, { weight = 1 }) => sum + weight, 0);
  return metrics.map(({ weight = 1 }) => weight / total);
}
