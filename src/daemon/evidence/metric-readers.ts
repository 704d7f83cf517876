import type { Colour, Release } from '../../core/model.ts';
import type { Clock } from '../../core/ports.ts';
import type { Judging } from '../../core/world.ts';
import { blockOf, type EvidenceBlock } from '../../metrics/block.ts';
import { commandMetric } from '../../metrics/command.ts';
import { inWords, type Problems } from '../problems.ts';

/** What is being compared, with its releases. */
export interface Comparison {
  readonly judging: Judging;
  readonly candidate: Release;
  readonly stable: { readonly release: string; readonly environment: Colour } | null;
  /** When this comparison began, Unix ms. */
  readonly since: number;
  /** Last reading of a metric, Unix ms; null: none. */
  readonly readAt: (metric: string) => number | null;
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
}

export function metricReaders({ clock, problems, onBlock }: MetricReadersOptions): MetricReaders {
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

  return {
    converge(comparison) {
      if (comparison === null) return stopAll();
      const { judging, candidate, stable, since } = comparison;
      const concurrent = judging.against === 'concurrent' && stable !== null;
      const arms = [
        { environment: judging.candidate, release: candidate.id },
        ...(concurrent ? [stable] : []),
      ];
      for (const spec of candidate.spec.metrics) {
        const last = comparison.readAt(spec.name) ?? since;
        const now = clock.now();
        if (busy.has(spec.name) || now - Math.max(last, failedAt.get(spec.name) ?? 0) < spec.every) continue;
        busy.add(spec.name);
        const { signal } = stop;
        commandMetric(spec, candidate, arms)
          .read(last, signal)
          .then((readings) => {
            if (signal.aborted) return;
            busy.delete(spec.name);
            failedAt.delete(spec.name);
            problems.set(`metric-${spec.name}`, null);
            const block = blockOf(readings, judging.candidate, now);
            if (block !== null) onBlock(block, now);
          })
          .catch((error: unknown) => {
            if (signal.aborted) return;
            busy.delete(spec.name);
            failedAt.set(spec.name, clock.now());
            problems.set(`metric-${spec.name}`, inWords(error));
          });
      }
    },
    close: stopAll,
  };
}
