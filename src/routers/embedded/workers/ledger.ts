import { join } from 'node:path';
import type { Colour } from '../../../core/model.ts';
import type { TrafficBlock } from '../../../core/ports.ts';
import type { Logger } from '../../../system/log.ts';
import type { ServiceCounts } from '../table/service.ts';
import { openBlockStore } from '../telemetry/block-store.ts';
import { createMerger } from '../telemetry/merger.ts';
import type { MergerState } from '../telemetry/merger-state.ts';
import { createTotals, type Total } from '../telemetry/totals.ts';
import { type CountsGrowth, createCountsSum } from './counts.ts';
import type { WorkerNews } from './protocol.ts';

/** What all workers have counted, and the blocks that are cut from it. */
export interface Ledger {
  noted(worker: string, news: WorkerNews): void;
  gone(worker: string): void;
  /** Cuts the blocks since the last call at once; resolves when they are on the disk. */
  cut(): Promise<void>;
  traffic(since: number): readonly TrafficBlock[];
  acknowledge(upTo: number): Promise<void>;
  inFlight(service: string, colour: Colour): number;
  counts(service: string): ServiceCounts;
  totals(): readonly Total[];
  /** Forgets a service once nobody counts for it any more. */
  forget(service: string): void;
  /**
   * Cuts for the last time and gives what another process goes on with. Numbers of blocks and what waits to be acknowledged it
   * reads from the disk, once `written` has resolved.
   */
  close(): { readonly state: LedgerState; readonly written: Promise<void> };
}

/** Survives a structured clone. */
export interface LedgerState {
  readonly merger: MergerState;
  readonly counts: CountsGrowth;
  readonly totals: readonly Total[];
  /** When the running block began, Unix ms. */
  readonly blockStart: number;
}

/** `folder`: the router's. `known`: whether a service is in the table. `from`: what the process before gave. */
export async function openLedger(
  folder: string,
  log: Logger,
  known: (service: string) => boolean,
  from?: LedgerState,
): Promise<Ledger> {
  const blocks = await openBlockStore(join(folder, 'telemetry.ndjson'), log, Date.now());
  const merger = createMerger(from?.merger);
  const totals = createTotals(from?.totals);
  const counts = createCountsSum(from?.counts);
  let blockStart = from?.blockStart ?? Date.now();

  const cut = (): Promise<void> => {
    const now = Date.now();
    const fresh = merger.blocks(blockStart, Math.max(1, now - blockStart));
    blockStart = now;
    // What was in flight when its service was removed is evidence still, but no service of this router's.
    totals.add(fresh.filter(({ service }) => known(service)));
    return blocks.add(fresh);
  };

  return {
    noted(worker, { report, counts: growth }) {
      merger.take(worker, report);
      counts.add(growth.filter(([service]) => known(service)));
    },
    gone: (worker) => merger.leave(worker),
    cut,
    traffic: (since) => blocks.since(since),
    acknowledge: (upTo) => blocks.acknowledge(upTo),
    inFlight: (service, colour) => merger.inFlight(service, colour),
    counts: (service) => counts.of(service),
    totals: () => totals.all(),
    forget(service) {
      merger.forget(service);
      totals.forget(service);
      counts.forget(service);
    },
    close() {
      const written = cut().then(() => blocks.written());
      return {
        state: { merger: merger.state(), counts: counts.all(), totals: totals.all(), blockStart },
        written,
      };
    },
  };
}
