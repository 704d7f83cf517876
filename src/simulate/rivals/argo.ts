import { type Rule, SLOT_SECONDS, windowOf } from './rule.ts';

/** One measurement: a value (NaN from 0/0), or the query failed, as an empty Prometheus vector does. */
export type Measurement = number | 'error';

export interface AnalysisOptions {
  /** Absent both: every value is a success. A value fails a condition by not being true, as NaN does. */
  readonly success?: (value: number) => boolean;
  readonly failure?: (value: number) => boolean;
  readonly failureLimit: number;
  readonly inconclusiveLimit: number;
  readonly consecutiveErrorLimit: number;
  /** Measurements after which it is over; null: as long as the rollout. */
  readonly count: number | null;
}

export type Phase = 'running' | 'successful' | 'failed' | 'inconclusive' | 'error';

/** The documented defaults. */
export const ANALYSIS_DEFAULTS: AnalysisOptions = {
  failureLimit: 0,
  inconclusiveLimit: 0,
  consecutiveErrorLimit: 4,
  count: null,
};

/** How an AnalysisRun of Argo Rollouts takes its measurements; limits are exceeded, not reached. */
export function argoAnalysis(options: AnalysisOptions): { measure(value: Measurement): Phase } {
  const counts = { failed: 0, inconclusive: 0, errors: 0, done: 0 };
  const { success, failure } = options;

  function take(value: Measurement): void {
    if (value === 'error') {
      counts.errors++;
      return;
    }
    counts.errors = 0;
    counts.done++;
    if (success && failure) {
      if (failure(value)) counts.failed++;
      else if (!success(value)) counts.inconclusive++;
    } else if (success ? !success(value) : (failure?.(value) ?? false)) counts.failed++;
  }

  return {
    measure(value) {
      take(value);
      if (counts.failed > options.failureLimit) return 'failed';
      if (counts.inconclusive > options.inconclusiveLimit) return 'inconclusive';
      if (counts.errors > options.consecutiveErrorLimit) return 'error';
      return options.count !== null && counts.done >= options.count ? 'successful' : 'running';
    },
  };
}

export interface ArgoOptions {
  readonly analysis: AnalysisOptions;
  /** Weights (0-1) and how long each lasts; then everything. */
  readonly steps: readonly { readonly weight: number; readonly seconds: number }[];
  /** The analysis begins with this step, counted from 0. */
  readonly startingStep: number;
  readonly intervalSeconds: number;
  readonly minimum: number;
}

/**
 * The example of the documentation (features/analysis): 20, 40, 60 and 80 % for ten minutes each, the success rate of the
 * last five minutes every five minutes from the second weight on, at least 95 %, three failures allowed.
 */
export const ARGO_DOCUMENTED: ArgoOptions = {
  analysis: { ...ANALYSIS_DEFAULTS, success: (value) => value >= 0.95, failureLimit: 3 },
  steps: [0.2, 0.4, 0.6, 0.8].map((weight) => ({ weight, seconds: 600 })),
  startingStep: 1,
  intervalSeconds: 300,
  minimum: 0.95,
};

/** Argo Rollouts with a background analysis of candidate's success rate. A failed query is tried again after ten seconds. */
export function argo(options: ArgoOptions = ARGO_DOCUMENTED): Rule {
  const { steps, startingStep, intervalSeconds, minimum } = options;
  const success = (value: number) => value >= minimum;
  const ends = steps.map((_, j) => steps.slice(0, j + 1).reduce((sum, { seconds }) => sum + seconds, 0));
  return {
    name: 'Argo Rollouts',
    settings: `${steps.map(({ weight }) => `${weight * 100}`).join(', ')} %, success of at least ${minimum * 100} % every ${intervalSeconds / 60} min from step ${startingStep + 1} on, ${options.analysis.failureLimit} failures allowed`,
    begin() {
      const analysis = argoAnalysis({ ...options.analysis, success });
      const window = windowOf(intervalSeconds);
      let [clock, everSeen] = [0, false];
      let nextMeasure = ends[startingStep - 1] ?? 0;
      return {
        share: steps[0]?.weight ?? 1,
        next({ candidate }) {
          clock += SLOT_SECONDS;
          window.add(candidate);
          everSeen ||= candidate.n > 0;
          const step = ends.findIndex((end) => clock < end);
          if (step < 0) return { share: 1, end: 'promoted' };
          if (clock >= nextMeasure) {
            const { n, bad } = window.sum();
            nextMeasure = clock + (everSeen ? intervalSeconds : SLOT_SECONDS);
            const phase = analysis.measure(everSeen ? (n - bad) / n : 'error');
            if (phase === 'failed' || phase === 'error') return { share: 0, end: 'rolled-back' };
          }
          return { share: steps[step]!.weight, end: null };
        },
      };
    },
  };
}
