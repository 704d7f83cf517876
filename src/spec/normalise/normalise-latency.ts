import type { LatencySpec } from '../../core/service/service-spec.ts';
import { type FileLatency, QUANTILES } from '../schema/latency.ts';

type Quantile = keyof typeof QUANTILES;
const DEFAULT: readonly Quantile[] = ['p50', 'p95', 'p99'];

/** Judged unless it is `false`; a worker has no requests to be judged by. */
export function normaliseLatency(written: FileLatency | undefined, isServed: boolean): LatencySpec | null {
  if (!isServed || written === false) return null;
  const settings = written ?? {};
  const limits = (Object.keys(QUANTILES) as Quantile[]).flatMap((name) => {
    const within = settings[name];
    return within === undefined ? [] : [{ quantile: QUANTILES[name], within }];
  });
  const compared = settings['than-stable'] ?? (limits.length > 0 ? [] : DEFAULT);
  return {
    limits,
    thanStable: [...new Set(compared)].map((name) => QUANTILES[name]),
    tolerate: settings.tolerate ?? 1.25,
    floor: settings.floor ?? 50,
    warmUp: settings['warm-up'] ?? 10_000,
  };
}
