import { type Rule, SLOT_SECONDS, windowOf } from './rule.ts';

export interface FlaggerOptions {
  readonly intervalSeconds: number;
  /** Failed checks at which it rolls back; a documented default of 1 where the file says nothing. */
  readonly threshold: number;
  /** 0-1 */
  readonly maxWeight: number;
  readonly stepWeight: number;
  /** Least share of requests without a 5xx, 0-1. */
  readonly minimum: number;
}

/** The example of the documentation: 2 % more every minute up to 50 %, success of 99 %, ten failed checks. */
export const FLAGGER_DOCUMENTED: FlaggerOptions = {
  intervalSeconds: 60,
  threshold: 10,
  maxWeight: 0.5,
  stepWeight: 0.02,
  minimum: 0.99,
};

export interface FlaggerTicks {
  /** One interval is over: the success rate of its requests, or null without any. Returns the new weight, 0-1, or the end. */
  tick(success: number | null): number | 'promoted' | 'rolled-back';
}

/**
 * How Flagger advances. The first tick only gives the first weight. Failed checks add up over the whole release and hold the
 * weight; when they reach the threshold, the *next* tick rolls back. No data is a failed check.
 */
export function flaggerTicks(options: FlaggerOptions): FlaggerTicks {
  const { threshold, maxWeight, stepWeight, minimum } = options;
  let [weight, failed] = [0, 0];
  return {
    tick(success) {
      if (failed >= threshold) return 'rolled-back';
      if (weight > 0 && !(success !== null && success >= minimum)) {
        failed++;
        return weight;
      }
      // Steps of 0.02 do not add up to 0.5 exactly.
      if (weight >= maxWeight - 1e-9) return 'promoted';
      weight = Math.min(maxWeight, weight + stepWeight);
      return weight;
    },
  };
}

/** Flagger with the built-in success rate over one interval. */
export function flagger(options: FlaggerOptions = FLAGGER_DOCUMENTED): Rule {
  const { intervalSeconds, threshold, maxWeight, stepWeight, minimum } = options;
  return {
    name: 'Flagger',
    settings: `${stepWeight * 100} % more every ${intervalSeconds} s up to ${maxWeight * 100} %, success of at least ${minimum * 100} %, ${threshold} failed checks`,
    begin() {
      const ticks = flaggerTicks(options);
      const window = windowOf(intervalSeconds);
      let share = Number(ticks.tick(null));
      let clock = 0;
      return {
        share,
        next({ candidate }) {
          clock += SLOT_SECONDS;
          window.add(candidate);
          if (clock % intervalSeconds !== 0) return { share, end: null };
          const { n, bad } = window.sum();
          const ruling = ticks.tick(n === 0 ? null : (n - bad) / n);
          if (typeof ruling !== 'number') return { share: ruling === 'promoted' ? 1 : 0, end: ruling };
          share = ruling;
          return { share, end: null };
        },
      };
    },
  };
}
