/** What is wrong with a simulated candidate. */
export interface Regression {
  /** As it was asked for, e.g. `5% after 3m`. */
  readonly name: string;
  readonly kind: 'healthy' | 'share' | 'ratio' | 'crash';
  /** `share`: of requests that fail besides stable's failures, 0-1; `ratio`: times stable's rate; else 0. */
  readonly size: number;
  /** Seconds of health after its first client. */
  readonly after: number;
}

export const HEALTHY: Regression = { name: 'healthy', kind: 'healthy', size: 0, after: 0 };

/** Fails this share of its requests from the start. */
export const failing = (share: number): Regression => ({
  name: `${Number((100 * share).toPrecision(6))}%`,
  kind: 'share',
  size: share,
  after: 0,
});

/** Share of the candidate's requests that fail `seconds` after its first client, where stable fails `baseRate` of them. */
export function rateOf({ kind, size, after }: Regression, baseRate: number, seconds: number): number {
  if (seconds < after || kind === 'healthy') return baseRate;
  switch (kind) {
    case 'share':
      return baseRate + (1 - baseRate) * size;
    case 'ratio':
      return Math.min(1, size * baseRate);
    case 'crash':
      return 1;
  }
}

/** Whether its instances are down then. */
export const isDown = ({ kind, after }: Regression, seconds: number): boolean =>
  kind === 'crash' && seconds >= after;
