import type { Challenge } from '../acme/challenges.ts';
import type { HealthDesk, HealthReading } from '../endpoints/health-desk.ts';
import { parseRouting } from '../table/routing-schema.ts';
import type { TableEntry } from '../table/table-store.ts';
import type { Turnkeeper } from '../workers/connections/turnkeeper.ts';
import type { Orders } from '../workers/orders.ts';
import type { WorkerEntry } from '../workers/protocol.ts';
import type { HandedOrders } from './protocol.ts';

/** What another router has its workers obey, kept up with by listening to what they are told. */
export interface Mirror {
  readonly orders: Orders;
  /** Throws where an entry is none that this Teal could serve by. */
  begin(handed: HandedOrders): void;
  /** A change that all workers are told. */
  learn(method: string, input: unknown): void;
  /** From now on health comes from this desk, which starts with what was known. */
  check(desk: HealthDesk): void;
  /** From now on this one knows whom workers ask about; those that are watched already go on being so. */
  count(turnkeeper: Turnkeeper): void;
}

export function createMirror(): Mirror {
  const told = new Map<string, readonly HealthReading[]>();
  const table = new Map<string, TableEntry>();
  const watched = new Set<string>();
  const orders: Orders = {
    table,
    challenges: [],
    readings: (service) => told.get(service) ?? [],
    watched: () => [...watched],
  };
  let own: HealthDesk | null = null;
  const take = ({ routing: input, fellBackAt }: TableEntry): void => {
    const routing = parseRouting(input);
    table.set(routing.service, { routing, fellBackAt });
    own?.want(routing);
  };
  return {
    orders,
    begin({ entries, readings, challenges, watched: keys }) {
      for (const key of keys) watched.add(key);
      for (const [service, health] of readings) told.set(service, health);
      orders.challenges = challenges;
      for (const entry of entries) take(entry);
    },
    learn(method, input) {
      if (method === 'apply') {
        const { entry, health } = input as WorkerEntry;
        told.set(entry.routing.service, health);
        take(entry);
      } else if (method === 'remove') {
        const { service } = input as { readonly service: string };
        table.delete(service);
        told.delete(service);
        own?.forget(service);
      } else if (method === 'health') {
        const { service, readings } = input as {
          readonly service: string;
          readonly readings: readonly HealthReading[];
        };
        told.set(service, readings);
      } else if (method === 'watch' || method === 'unwatch') {
        const { key } = input as { readonly key: string };
        if (method === 'watch') watched.add(key);
        else watched.delete(key);
      } else if (method === 'challenges') {
        orders.challenges = input as readonly Challenge[];
      }
    },
    check(desk) {
      own = desk;
      for (const { routing } of table.values()) desk.want(routing);
      orders.readings = desk.readings;
    },
    count(turnkeeper) {
      orders.watched = () => [...new Set([...watched, ...turnkeeper.watched()])];
    },
  };
}
