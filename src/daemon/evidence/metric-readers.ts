import type { Release } from '../../core/model.ts';
import type { Clock } from '../../core/ports.ts';
import type { Judging } from '../../core/world.ts';
import { type ArmCounts, blockOf, type EvidenceBlock } from '../../metrics/block.ts';
import { type Arm, commandMetric } from '../../metrics/command.ts';
import { inWords, type Problems } from '../problems.ts';

/** What is being compared, with its releases. */
export interface Comparison {
  readonly judging: Judging;
  readonly candidate: Release;
  /** `since`: when it became stable, Unix ms. null: the first deployment. */
  readonly stable: (Arm & { readonly since: number }) | null;
  /** When this comparison began, Unix ms. */
  readonly since: number;
  /** Last reading of a metric, Unix ms; null: none. */
  readonly readAt: (metric: string) => number | null;
  /** Whether the past of a metric is known: what the bake measures by. */
  readonly remembers: (metric: string) => boolean;
}

/** Reads the metrics of a release's own commands, each at its pace. */
export interface MetricReaders {
  /** Starts the readings that are due; with null stops those under way. */
  converge(comparison: Comparison | null): void;
  close(): void;
}

export interface MetricReadersOptions {
  readonly clock: Clock;
  readonly problems: Problems;
  /** A reading; `until` is the Unix ms that the next one begins at. */
  readonly onBlock: (block: EvidenceBlock, until: number) => void;
  /** What stable did in the last {@link PAST}. */
  readonly onPast: (metric: string, past: ArmCounts) => void;
}

/** How far the past reaches back, ms. */
export const PAST = 24 * 60 * 60 * 1_000;

export function metricReaders(options: MetricReadersOptions): MetricReaders {
  const { clock, problems, onBlock, onPast } = options;
  let stop = new AbortController();
  const busy = new Set<string>();
  const failedAt = new Map<string, number>();

  function stopAll(): void {
    if (busy.size === 0 && failedAt.size === 0) return;
    stop.abort();
    stop = new AbortController();
    busy.clear();
    for (const metric of failedAt.keys()) problems.set(`metric-${metric}`, null);
    failedAt.clear();
  }

  function run(metric: string, reading: (signal: AbortSignal) => Promise<() => void>): void {
    busy.add(metric);
    const { signal } = stop;
    reading(signal)
      .then((hand) => {
        if (signal.aborted) return;
        busy.delete(metric);
        failedAt.delete(metric);
        problems.set(`metric-${metric}`, null);
        hand();
      })
      .catch((error: unknown) => {
        if (signal.aborted) return;
        busy.delete(metric);
        failedAt.set(metric, clock.now());
        problems.set(`metric-${metric}`, inWords(error));
      });
  }

  return {
    converge(comparison) {
      if (comparison === null) return stopAll();
      const { judging, candidate, stable, since, readAt, remembers } = comparison;
      const inBake = judging.against === 'history';
      // Before the first release nothing was counted that its bake could be measured by.
      if (inBake && stable === null) return;
      const ours: Arm = { environment: judging.candidate, release: candidate.id };
      const arms = inBake || stable === null ? [ours] : [ours, stable];
      for (const spec of candidate.spec.metrics) {
        const { name: metric, every } = spec;
        const now = clock.now();
        if (busy.has(metric) || now - (failedAt.get(metric) ?? 0) < every) continue;
        if (inBake && stable !== null && !remembers(metric)) {
          const from = Math.max(now - PAST, stable.since);
          run(metric, async (signal) => {
            const [past] = await commandMetric(spec, candidate, [stable]).read(from, signal);
            return () => past && onPast(metric, { n: past.total, bad: past.bad });
          });
          continue;
        }
        const last = readAt(metric) ?? since;
        if (now - last < every) continue;
        run(metric, async (signal) => {
          const readings = await commandMetric(spec, candidate, arms).read(last, signal);
          const block = blockOf(readings, judging.candidate, now);
          return () => block && onBlock(block, now);
        });
      }
    },
    close: stopAll,
  };
}
