import { join } from 'node:path';
import type { ObservedRouting } from '../../../core/world.ts';
import type { Logger } from '../../../system/log.ts';
import { loadKey } from '../clients/key.ts';
import { createHealthDesk, type HealthDesk } from '../endpoints/health-desk.ts';
import { bequeath, type Handover, type HandoverHooks } from '../handover/bequeath.ts';
import { DEFAULTS, type EmbeddedRouter, type RouterOptions } from '../router.ts';
import { createTableStore } from '../table/table-store.ts';
import { createCompany } from './company.ts';
import { conduct, type Estate, eventsOf } from './conduct.ts';
import { createTurnkeeper } from './connections/turnkeeper.ts';
import { type Crew, createCrew } from './crew.ts';
import { createRelay, type WorkerEvents } from './events.ts';
import { openLedger } from './ledger.ts';
import { type Equipment, type Orders, startOf } from './orders.ts';
import { PROTOCOL } from './protocol.ts';
import { createHeldSockets, type HeldSockets } from './sockets.ts';

export interface CrewedRouterOptions extends RouterOptions {
  /** How many, at least 1. */
  readonly workers: number;
  /** Program of a worker. */
  readonly program: string;
  /** Of Teal. */
  readonly version: string;
  /** A worker that died cannot be replaced: its program is of another version than this router. */
  readonly onOutdated: () => void;
}

/** A router whose requests are served by processes of their own. */
export interface CrewedRouter extends Omit<EmbeddedRouter, 'observe'> {
  observe(service: string): Promise<ObservedRouting | null>;
  /** Replaces the workers one by one; resolves when the new ones serve. The old ones have `drain` ms to end. */
  restart(drain: number): Promise<void>;
  workers(): readonly number[];
  /**
   * Starts `command` as the router after this one and hands everything over; resolves when that one is the router. Rejects with
   * E_ROUTER_UPGRADE where it does not come to that; then this one is as it was.
   */
  handOver(command: readonly string[], hooks: HandoverHooks): Promise<Handover>;
}

/** Starts with the table that `folder` holds. Rejects where a worker cannot serve. */
export async function startCrewedRouter(
  folder: string,
  log: Logger,
  options: CrewedRouterOptions,
): Promise<CrewedRouter> {
  const equipment = await equip(folder, log, 0, options);
  const entries = await createTableStore(join(folder, 'table'), log).load();
  const orders: Orders = {
    table: new Map(entries.map((entry) => [entry.routing.service, entry])),
    challenges: [],
    readings: (service) => desk.readings(service),
    watched: () => turnkeeper.watched(),
  };
  const ledger = await openLedger(folder, log, (service) => orders.table.has(service));
  const sockets = createHeldSockets();
  // Workers tell something only once they have been started.
  const relay = createRelay();
  const crew = muster(equipment, orders, sockets, relay, options.onOutdated);
  const company = createCompany(crew);
  const turnkeeper = createTurnkeeper(company, equipment.workers);
  const desk: HealthDesk = createHealthDesk((service) =>
    company.tell('health', { service, readings: desk.readings(service) }),
  );
  for (const { routing } of entries) desk.want(routing);
  relay.lead(eventsOf({ ledger, desk, turnkeeper }));
  await crew.start();
  const parts = { equipment, orders, crew, company, sockets, ledger, desk, turnkeeper, relay };
  const router = routerOf({ ...parts, former: null }, Date.now());
  router.begin();
  log.info({ services: [...orders.table.keys()], workers: equipment.workers }, 'the router serves');
  return router;
}

/** `generation`: how many routers have handed over to the next before. */
export async function equip(
  folder: string,
  log: Logger,
  generation: number,
  { workers, program, version, onOutdated: _, ...given }: CrewedRouterOptions,
): Promise<Equipment> {
  const key = await loadKey(join(folder, 'key'), log);
  const options = { ...DEFAULTS, ...given };
  return { folder, log, workers, program, speaks: { protocol: PROTOCOL, version }, options, key, generation };
}

/** The workers of a router, not started yet. */
export const muster = (
  equipment: Equipment,
  orders: Orders,
  sockets: HeldSockets,
  events: WorkerEvents,
  onOutdated: () => void,
): Crew =>
  createCrew({
    ...equipment,
    size: equipment.workers,
    sockets,
    events,
    start: () => startOf(orders, equipment),
    onOutdated,
  });

/** The whole router; `begin` is still to be called. `heard`: when the daemon was heard of last, Unix ms. */
export function routerOf(estate: Estate, heard: number): CrewedRouter & { begin(): void } {
  const conducted = conduct(estate, heard);
  return { ...conducted, handOver: (command, hooks) => bequeath(estate, conducted, command, hooks) };
}
