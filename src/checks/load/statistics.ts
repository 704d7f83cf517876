import { bucketOf, quantile } from '../../judge/histogram.ts';

/** How one request of the load went. Times in ms. */
export interface Sample {
  /** From the moment it was *to be* sent until its end; null where nothing answered. */
  readonly latency: number | null;
  /** From the moment it was to be sent until it was. */
  readonly lag: number;
  /** Why it is an error; null: it is none. */
  readonly error: string | null;
}

type Histogram = readonly (readonly [bucket: number, count: number])[];

/** Counts over one or several stretches; plain data. */
export interface LoadStatistics {
  readonly requests: number;
  /** Reason -> requests. */
  readonly errors: Readonly<Record<string, number>>;
  /** Microseconds, in the buckets of `judge/histogram`. */
  readonly latency: Histogram;
  readonly lag: Histogram;
}

export function statisticsOf(samples: Iterable<Sample>): LoadStatistics {
  const errors: Record<string, number> = {};
  const latency = new Map<number, number>();
  const lag = new Map<number, number>();
  let requests = 0;
  for (const sample of samples) {
    requests += 1;
    if (sample.error !== null) errors[sample.error] = (errors[sample.error] ?? 0) + 1;
    if (sample.latency !== null) add(latency, bucketOf(sample.latency * 1_000), 1);
    add(lag, bucketOf(sample.lag * 1_000), 1);
  }
  return { requests, errors, latency: [...latency], lag: [...lag] };
}

/** Counts of several stretches as one. */
export function merged(parts: readonly LoadStatistics[]): LoadStatistics {
  const errors: Record<string, number> = {};
  for (const part of parts) {
    for (const [reason, n] of Object.entries(part.errors)) errors[reason] = (errors[reason] ?? 0) + n;
  }
  return {
    requests: parts.reduce((sum, part) => sum + part.requests, 0),
    errors,
    latency: sum(parts.map((part) => part.latency)),
    lag: sum(parts.map((part) => part.lag)),
  };
}

export const errorsOf = (statistics: LoadStatistics): number =>
  Object.values(statistics.errors).reduce((sum, n) => sum + n, 0);

/** The `q`-quantile in ms, at most 6.25 % above the true one; null where there is nothing to take it from. */
export function percentile(histogram: Histogram, q: number): number | null {
  const microseconds = quantile(histogram, q);
  return microseconds === null ? null : microseconds / 1_000;
}

function sum(histograms: readonly Histogram[]): Histogram {
  const total = new Map<number, number>();
  for (const [bucket, n] of histograms.flat()) add(total, bucket, n);
  return [...total];
}

const add = (counts: Map<number, number>, bucket: number, n: number) =>
  counts.set(bucket, (counts.get(bucket) ?? 0) + n);
