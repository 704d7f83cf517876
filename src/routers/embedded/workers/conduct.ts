import { join } from 'node:path';
import type { Routing } from '../../../core/world.ts';
import { createCertificateKeeper } from '../acme/keeper.ts';
import type { HealthDesk } from '../endpoints/health-desk.ts';
import type { Former } from '../handover/former.ts';
import { allTo, fallBackTo } from '../table/fallback.ts';
import { parseRouting } from '../table/routing-schema.ts';
import { createTableStore, type TableEntry } from '../table/table-store.ts';
import { metricFamilies, type ProcessReading } from '../telemetry/families.ts';
import type { Company } from './company.ts';
import type { Turnkeeper } from './connections/turnkeeper.ts';
import type { Crew } from './crew.ts';
import type { Relay, WorkerEvents } from './events.ts';
import type { Ledger } from './ledger.ts';
import { mergeObserved, mergeReadings } from './merge.ts';
import { acmeFolderOf, type Equipment, type Orders, orderOf } from './orders.ts';
import type { CrewedRouter } from './router.ts';
import type { HeldSockets } from './sockets.ts';

/** A router's parts, whether it began by itself or took over from another one. */
export interface Estate {
  readonly equipment: Equipment;
  readonly orders: Orders;
  readonly crew: Crew;
  readonly company: Company;
  readonly sockets: HeldSockets;
  readonly ledger: Ledger;
  readonly desk: HealthDesk;
  readonly turnkeeper: Turnkeeper;
  /** What workers tell comes this way. */
  readonly relay: Relay;
  /** Whom this one took over from, as long as that has workers; see handover/. */
  readonly former: Former | null;
}

/** The router, and what a handover needs besides. */
export interface Conducted extends Omit<CrewedRouter, 'handOver'> {
  /** Cuts blocks, orders certificates and watches over the heartbeat from now on. */
  begin(): void;
  /** Does none of that from now on; resolves when what was under way has ended. */
  pause(): Promise<void>;
  heartbeatAt(): number;
}

const BLOCK = 1_000;
const WATCH = 100;
/** How long a block waits for a worker that is slow to report; what it tells later is in the next one. */
const REPORT_WITHIN = 500;

/** Where what workers tell belongs while this router counts and checks. */
export const eventsOf = ({
  ledger,
  desk,
  turnkeeper,
}: Pick<Estate, 'ledger' | 'desk' | 'turnkeeper'>): WorkerEvents => ({
  noted: ledger.noted,
  gone(worker) {
    ledger.gone(worker);
    turnkeeper.gone(worker);
  },
  lost: desk.lost,
  admit: turnkeeper.ask,
  stands: turnkeeper.stands,
  left: turnkeeper.left,
});

/** `heard`: when the daemon was heard of last, Unix ms. */
export function conduct(estate: Estate, heard: number): Conducted {
  const { equipment, orders, crew, company, sockets, ledger, desk } = estate;
  const { folder, log } = equipment;
  const { table } = orders;
  const store = createTableStore(join(folder, 'table'), log);
  let heartbeatAt = heard;

  const openKeeper = () =>
    createCertificateKeeper({
      folder: acmeFolderOf(folder),
      log,
      async publish(all) {
        orders.challenges = all;
        await company.ask('challenges', all);
      },
    });
  let keeper = openKeeper();
  const order = () => keeper.want([...table.values()].map(({ routing }) => routing.listen));

  /** Every new request obeys the entry when it resolves. */
  const lead = async (entry: TableEntry): Promise<void> => {
    table.set(entry.routing.service, entry);
    desk.want(entry.routing);
    await company.ask('apply', orderOf(entry, orders));
  };

  const cut = async () => {
    await company.gather('report', REPORT_WITHIN);
    await ledger.cut();
  };
  let cutting: Promise<void> | null = null;
  let blockTimer: NodeJS.Timeout | undefined;

  const fallBack = async ({ routing }: TableEntry, to: Routing['live']) => {
    const entry = { routing: allTo(routing, to), fellBackAt: Date.now() };
    log.warn(
      { service: routing.service, split: entry.routing.split },
      'no heartbeat: everybody goes to stable',
    );
    await lead(entry);
    // Meanwhile it may have been replaced or removed, and that is on the disk.
    if (table.get(routing.service) !== entry) return;
    await store
      .save(entry)
      .catch((error: unknown) => log.error({ err: error }, 'the fallback is in force, but not saved'));
  };
  let watchTimer: NodeJS.Timeout | undefined;
  const watch = () => {
    for (const entry of table.values()) {
      const to = fallBackTo(entry.routing, heartbeatAt, Date.now());
      if (to !== null) void fallBack(entry, to);
    }
  };

  return {
    begin() {
      keeper = openKeeper();
      order();
      void crew.settle();
      watchTimer = setInterval(watch, WATCH);
      blockTimer = setInterval(() => {
        cutting ??= cut().finally(() => {
          cutting = null;
        });
      }, BLOCK);
    },
    async pause() {
      clearInterval(watchTimer);
      clearInterval(blockTimer);
      await Promise.all([keeper.close(), cutting]);
    },
    heartbeatAt: () => heartbeatAt,
    async apply(input) {
      const routing = parseRouting(input);
      heartbeatAt = Date.now();
      const entry = { routing, fellBackAt: null };
      const { service, split, revision, epoch } = routing;
      const began = performance.now();
      const obeyed = lead(entry)
        .then(() => {
          const obeyedIn = Math.round(10 * (performance.now() - began)) / 10;
          log.info({ service, split, revision, epoch, obeyedIn }, 'applied');
          return crew.settle();
        })
        .then(order);
      await Promise.all([obeyed, store.save(entry)]);
    },
    async remove(service) {
      table.delete(service);
      desk.forget(service);
      ledger.forget(service);
      log.info({ service }, 'removed');
      const removed = company
        .ask('remove', { service })
        .then(() => crew.settle())
        .then(order);
      await Promise.all([removed, store.remove(service)]);
    },
    async observe(service) {
      const entry = table.get(service);
      if (entry === undefined) return null;
      const observed = mergeObserved(entry, await company.ask('observe', { service }));
      return keeper.remark(entry.routing.listen, observed);
    },
    traffic: (since) => ledger.traffic(since),
    acknowledge: (upTo) => ledger.acknowledge(upTo),
    heartbeat() {
      heartbeatAt = Date.now();
    },
    async metrics() {
      const readings = await company.gather<ProcessReading>('reading', REPORT_WITHIN);
      const services = [...table.keys()].map((name) => ({
        name,
        counts: ledger.counts(name),
        inFlight: (colour: Routing['live']) => ledger.inFlight(name, colour),
      }));
      return metricFamilies(services, ledger.totals(), mergeReadings(readings, process.memoryUsage.rss()));
    },
    services: () => [...table.keys()],
    restart: (drain) => crew.restart(drain),
    workers: () => crew.pids(),
    async close(within) {
      clearInterval(watchTimer);
      await keeper.close();
      await Promise.all([crew.close(within), estate.former?.close(within)]);
      sockets.keep(new Set());
      desk.close();
      clearInterval(blockTimer);
      await cutting;
      await ledger.cut();
    },
  };
}
