import type { Channel } from '../../../system/channel.ts';
import type { WorkerEvents } from '../workers/events.ts';

/** The router that this one took over from, while it has workers. */
export interface Former {
  /** Has its workers wait for what is in flight, at most so many ms; resolves when it has ended. */
  close(within: number): Promise<void>;
  /** Resolves when it has ended. */
  readonly gone: Promise<void>;
}

/** Beyond the time that it was given to end; ms. */
const GRACE = 4_000;

export function createFormer(channel: Channel, pid: number, gone: Promise<void>): Former {
  return {
    gone,
    async close(within) {
      channel.tell('close', { within });
      const late = setTimeout(() => process.kill(pid, 'SIGKILL'), within + GRACE);
      await gone;
      clearTimeout(late);
    },
  };
}

/** Knows whose workers have told something and are not gone, so that they are when their router is. */
export interface Roll extends WorkerEvents {
  /** All of them are gone. */
  dismiss(): void;
}

export function createRoll(names: Iterable<string>, to: WorkerEvents): Roll {
  const present = new Set(names);
  return {
    noted(worker, news) {
      present.add(worker);
      to.noted(worker, news);
    },
    gone(worker) {
      present.delete(worker);
      to.gone(worker);
    },
    lost: (service, key) => to.lost(service, key),
    admit: (worker, key, limit) => to.admit(worker, key, limit),
    stands: (worker, key, count) => to.stands(worker, key, count),
    left: (worker, key) => to.left(worker, key),
    dismiss() {
      for (const worker of present) to.gone(worker);
      present.clear();
    },
  };
}
