import { type Random, seededRandom } from '../random.ts';
import { type Rule, SLOT_SECONDS, windowOf } from './rule.ts';
import { shiftInterval } from './shift-interval.ts';

/** Of one metric. `nodata`: an arm without a value. */
export type Classification = 'pass' | 'high' | 'low' | 'nodata';

/** Share of the estimate that the interval must clear. */
const EFFECT = 0.25;
/** Relative size of the noise that makes constants comparable. */
const NOISE = 1e-5;

/**
 * Kayenta's NetflixACAJudge on one metric: a value a minute and arm, NaN left out. High where the shift's interval lies above a
 * quarter of the estimate and the mean is no lower; low is its mirror.
 */
export function classify(experiment: readonly number[], control: readonly number[]): Classification {
  const values = (all: readonly number[]) => all.filter((value) => !Number.isNaN(value));
  const [e, c] = [values(experiment), values(control)];
  if (e.length === 0 || c.length === 0) return 'nodata';
  const isSame = e.length === c.length && e.every((value, j) => value === c[j]);
  if (isSame || new Set([...e, ...c]).size === 1) return 'pass';
  const areConstant = new Set(e).size === 1 && new Set(c).size === 1;
  const random = seededRandom(0);
  const [x, y] = areConstant ? [noisy(e, random), noisy(c, random)] : [e, c];
  const { low, high, estimate } = shiftInterval(x, y);
  const effect = mean(x) / mean(y);
  const critical = EFFECT * Math.abs(estimate);
  if (low > critical && effect >= 1) return 'high';
  return high < -critical && effect <= 1 ? 'low' : 'pass';
}

/**
 * Score of all metrics, 0-100: the share that passes; 0 where a critical one fails. A metric fails in its bad direction only.
 * null: none has data.
 */
export function scoreOf(
  metrics: readonly {
    readonly classification: Classification;
    readonly bad: 'high' | 'low' | 'either';
    readonly critical: boolean;
  }[],
): number | null {
  const counted = metrics.filter(({ classification }) => classification !== 'nodata');
  if (counted.length === 0) return null;
  const fails = ({ classification, bad }: (typeof counted)[number]) =>
    classification !== 'pass' && (bad === 'either' || bad === classification);
  if (counted.some((metric) => metric.critical && fails(metric))) return 0;
  return (100 * counted.filter((metric) => !fails(metric)).length) / counted.length;
}

export interface KayentaOptions {
  /** Candidate's share while it is analysed, 0-1. */
  readonly share: number;
  readonly everySeconds: number;
  readonly lifetimeSeconds: number;
  readonly passScore: number;
  readonly marginalScore: number;
}

/** Scores as in the documentation's examples; 10 % of the traffic for an hour, looked at every five minutes. */
export const KAYENTA_USUAL: KayentaOptions = {
  share: 0.1,
  everySeconds: 300,
  lifetimeSeconds: 3600,
  passScore: 75,
  marginalScore: 50,
};

/**
 * A Spinnaker canary analysis of the error rate, critical when high, with a growing interval. A score below the marginal one ends it;
 * the last look promotes from the pass score on. A look without data decides nothing, the last one rolls back.
 */
export function kayenta(options: KayentaOptions = KAYENTA_USUAL): Rule {
  const { share, everySeconds, lifetimeSeconds, passScore, marginalScore } = options;
  return {
    name: 'Kayenta',
    settings: `${share * 100} % for ${lifetimeSeconds / 60} min, looked at every ${everySeconds / 60} min, pass ${passScore}, marginal ${marginalScore}`,
    begin() {
      const rates = { stable: [] as number[], candidate: [] as number[] };
      const minute = { stable: windowOf(60), candidate: windowOf(60) };
      let clock = 0;
      return {
        share,
        next({ stable, candidate }) {
          clock += SLOT_SECONDS;
          minute.stable.add(stable);
          minute.candidate.add(candidate);
          if (clock % 60 === 0) {
            for (const arm of ['stable', 'candidate'] as const) {
              const { n, bad } = minute[arm].sum();
              rates[arm].push(bad / n);
            }
          }
          if (clock % everySeconds !== 0) return { share, end: null };
          const classification = classify(rates.candidate, rates.stable);
          const score = scoreOf([{ classification, bad: 'high', critical: true }]);
          if (score !== null && score < marginalScore) return { share: 0, end: 'rolled-back' };
          if (clock < lifetimeSeconds) return { share, end: null };
          return score !== null && score >= passScore
            ? { share: 1, end: 'promoted' }
            : { share: 0, end: 'rolled-back' };
        },
      };
    },
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Box-Muller. */
const noisy = (values: readonly number[], random: Random): readonly number[] =>
  values.map((value) => {
    const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
    return value + value * NOISE * radius * Math.cos(2 * Math.PI * random.uniform());
  });
