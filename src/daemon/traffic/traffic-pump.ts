import type { Clock, Router, TrafficBlock } from '../../core/ports.ts';
import type { Logger } from '../../system/log.ts';
import { inWords } from '../problems.ts';

/** Who gets a service's blocks. */
export interface TrafficSink {
  /** New blocks of the service, possibly none; `askedAt` as in `foldTraffic`. */
  take(blocks: readonly TrafficBlock[], askedAt: number): void;
  /** The number up to which every block is on disk or of no interest, given that blocks up to `read` were taken. */
  kept(read: number): number;
}

export interface TrafficPump {
  /** Stops pulling; resolves when nothing is under way. */
  close(): Promise<void>;
}

export interface TrafficPumpOptions {
  readonly router: Router;
  readonly clock: Clock;
  readonly log: Logger;
  /** ms between two readings. */
  readonly every: number;
  readonly sinks: () => ReadonlyMap<string, TrafficSink>;
}

/** Pulls telemetry from the router, hands it out, and lets the router forget what has been kept. */
export function trafficPump({ router, clock, log, every, sinks }: TrafficPumpOptions): TrafficPump {
  let read = 0;
  let forgotten = 0;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let away = false;

  async function pull(): Promise<void> {
    const askedAt = clock.now();
    const blocks = await router.traffic(read);
    read = blocks.reduce((most, { number }) => Math.max(most, number), read);
    const byService = Map.groupBy(blocks, ({ service }) => service);
    let kept = read;
    for (const [service, sink] of sinks()) {
      sink.take(byService.get(service) ?? [], askedAt);
      kept = Math.min(kept, sink.kept(read));
    }
    if (kept <= forgotten) return;
    await router.acknowledge(kept);
    forgotten = kept;
  }

  let running = Promise.resolve();
  const next = () => {
    running = pull()
      .then(
        () => {
          away = false;
        },
        (error: unknown) => {
          if (!away) log.warn({ error: inWords(error) }, 'no telemetry from the router');
          away = true;
        },
      )
      .finally(() => {
        if (!closed) timer = setTimeout(next, every);
      });
  };
  next();
  return {
    async close() {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
}
