import type { Colour } from '../core/model.ts';
import { REQUEST_OUTCOMES, type RequestOutcome, type TrafficBlock } from '../core/ports.ts';
import { quantile } from '../judge/histogram.ts';

/** What an environment's users see now; for display, never for verdicts. */
export interface RecentTraffic {
  readonly requestsPerSecond: number;
  /** Share of requests that hurt, 0-1. */
  readonly errorRate: number;
  /** ms; null where nothing was completed. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** Outcomes that hurt a client. */
const HURTS: readonly RequestOutcome[] = ['5xx', 'unreachable', 'timed-out', 'cut-off'];

/**
 * Figures of the release in each environment over blocks that began in `[from, to)` (Unix ms); null where it had no
 * traffic: what the release before it did in the same environment is not its own. Pass the blocks of one service, and a
 * window that ends where blocks are complete.
 */
export function recentTraffic(
  blocks: readonly TrafficBlock[],
  window: { readonly from: number; readonly to: number },
  releases: Readonly<Record<Colour, string | null>>,
): Readonly<Record<Colour, RecentTraffic | null>> {
  const inside = blocks.filter(({ at }) => at >= window.from && at < window.to);
  const of = (colour: Colour) =>
    figures(
      inside.filter(({ environment, release }) => environment === colour && release === releases[colour]),
      (window.to - window.from) / 1_000,
    );
  return { blue: of('blue'), green: of('green') };
}

function figures(blocks: readonly TrafficBlock[], seconds: number): RecentTraffic | null {
  const requests = (outcomes: readonly RequestOutcome[]) =>
    blocks.reduce((sum, block) => sum + outcomes.reduce((n, outcome) => n + block.requests[outcome], 0), 0);
  const all = requests(REQUEST_OUTCOMES);
  if (all === 0) return null;
  const latency = sum(blocks);
  const at = (q: number) => {
    const microseconds = quantile(latency, q);
    return microseconds === null ? null : microseconds / 1_000;
  };
  return {
    requestsPerSecond: all / seconds,
    errorRate: requests(HURTS) / all,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
  };
}

function sum(blocks: readonly TrafficBlock[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { latency } of blocks) {
    for (const [bucket, n] of latency) counts.set(bucket, (counts.get(bucket) ?? 0) + n);
  }
  return counts;
}
