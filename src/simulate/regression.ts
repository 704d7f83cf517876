/** What is wrong with a simulated candidate. */
export interface Regression {
  /** As it was asked for, e.g. `5% after 3m`. */
  readonly name: string;
  readonly kind: 'healthy' | 'share' | 'ratio' | 'crash' | 'cold' | 'clients' | 'slower';
  /**
   * `share`: of requests that fail besides stable's failures, 0-1; `ratio`: times stable's rate; `cold`: times stable's rate at first;
   * `clients`: share of the clients that fail at each of their requests; `slower`: times as long as stable takes; else 0.
   */
  readonly size: number;
  /** Seconds of health after its first client; of `cold`: how long it takes to be as good as stable. */
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
  if (kind === 'cold') return Math.min(1, baseRate * (seconds < 0 || seconds >= after ? 1 : size));
  if (seconds < after || kind === 'healthy' || kind === 'clients' || kind === 'slower') return baseRate;
  switch (kind) {
    case 'share':
      return baseRate + (1 - baseRate) * size;
    case 'ratio':
      return Math.min(1, size * baseRate);
    case 'crash':
      return 1;
  }
}

/** Share of the clients for whom every request to the candidate fails by then. */
export const brokenFor = ({ kind, size, after }: Regression, seconds: number): number =>
  kind === 'clients' && seconds >= after ? size : 0;

/** How many times as long as stable the candidate takes then. */
export const slownessOf = ({ kind, size, after }: Regression, seconds: number): number =>
  kind === 'slower' && seconds >= after ? size : 1;

/** Whether its instances are down then. */
export const isDown = ({ kind, after }: Regression, seconds: number): boolean =>
  kind === 'crash' && seconds >= after;
