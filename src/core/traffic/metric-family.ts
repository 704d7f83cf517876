/** A family of measurements as Prometheus has it, so that a driver's can be shown beside the daemon's own. */
export interface MetricFamily {
  /** In base units, with their suffix: `_total`, `_seconds`, `_bytes`. */
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: readonly MetricSample[];
}

export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Behind the family's name: a histogram's `_bucket`, `_sum` and `_count`. */
  readonly suffix?: string;
}
