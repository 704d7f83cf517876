import type { Channel } from '../../../system/channel.ts';
import type { Obedient } from '../workers/company.ts';
import type { WorkerEvents } from '../workers/events.ts';
import type { Event, Gathering, Order, Question } from './protocol.ts';

/** Its own workers are killed by then if they do not obey; ms. */
const OBEYS_WITHIN = 7_000;
/** What the way to it may take longer; ms. */
const MARGIN = 100;

/** The workers of the other router. `disobeys` ends that router: when `ask` resolves nobody serves who has not obeyed. */
export function allyOver(channel: Channel, disobeys: (error: unknown) => Promise<void>): Obedient {
  return {
    async ask<T>(method: string, input?: unknown) {
      const order: Order = { method, input };
      try {
        return await channel.call<readonly T[]>('ask', order, { within: OBEYS_WITHIN });
      } catch (error) {
        await disobeys(error);
        return [];
      }
    },
    gather<T>(method: string, within: number) {
      const gathering: Gathering = { method, within };
      // Who is late is no worse for it.
      return channel
        .call<readonly T[]>('gather', gathering, { within: within + MARGIN })
        .catch((): readonly T[] => []);
    },
    tell(method, input) {
      channel.tell('tell', { method, input } satisfies Order);
    },
  };
}

/** What {@link allyOver} calls at the other end. */
export const obeying = (obedient: Obedient) => ({
  ask: ({ method, input }: Order) => obedient.ask(method, input),
  gather: ({ method, within }: Gathering) => obedient.gather(method, within),
  tell: ({ method, input }: Order) => obedient.tell(method, input),
});

/** Tells the other router what workers here tell. */
export const eventsOver = (channel: Channel): WorkerEvents => {
  const tell = (event: Event) => channel.tell('event', event);
  return {
    noted: (worker, news) => tell({ kind: 'noted', worker, news }),
    gone: (worker) => tell({ kind: 'gone', worker }),
    lost: (service, key) => tell({ kind: 'lost', service, key }),
    admit: (worker, key, limit) => channel.call('admit', { worker, key, limit } satisfies Question),
    stands: (worker, key, count) => tell({ kind: 'stands', worker, key, count }),
    left: (worker, key) => tell({ kind: 'left', worker, key }),
  };
};

/** Passes on what the other router has been told. */
export function hear(event: Event, to: WorkerEvents): void {
  if (event.kind === 'noted') to.noted(event.worker, event.news);
  else if (event.kind === 'gone') to.gone(event.worker);
  else if (event.kind === 'lost') to.lost(event.service, event.key);
  else if (event.kind === 'stands') to.stands(event.worker, event.key, event.count);
  else to.left(event.worker, event.key);
}
