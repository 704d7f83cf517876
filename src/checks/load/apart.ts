import { Worker } from 'node:worker_threads';
import type { LoadCheckSpec } from '../../core/service/check-spec.ts';
import type { Segment } from './schedule.ts';
import type { LoadStatistics } from './statistics.ts';

/** A stretch of load and where it goes. */
export interface Stretch {
  readonly segment: Segment;
  readonly url: string;
}

/** What the thread is given. */
export interface LoadOrder {
  readonly spec: LoadCheckSpec;
  readonly stretches: readonly Stretch[];
}

/**
 * Sends the stretches in order from a thread of its own, so that whatever else the daemon does cannot delay the load,
 * nor the load a rollback. Resolves to the figures of each; rejects with the signal's reason when it aborts.
 */
export async function generateApart(
  order: LoadOrder,
  signal: AbortSignal,
): Promise<readonly LoadStatistics[]> {
  signal.throwIfAborted();
  // As source or compiled, the thread's file has the same extension as this one.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./thread.${extension}`, import.meta.url), { workerData: order });
  let stop = () => {};
  try {
    return await new Promise<readonly LoadStatistics[]>((resolve, reject) => {
      stop = () => reject(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`the load generator ended with code ${code}`)));
    });
  } finally {
    signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
}
