import { join } from 'node:path';
import type { ObservedRouting, Routing } from '../../../core/world.ts';
import type { Logger } from '../../../system/log.ts';
import type { Challenge } from '../acme/challenges.ts';
import { createCertificateKeeper } from '../acme/keeper.ts';
import { loadKey } from '../clients/key.ts';
import { createHealthDesk } from '../endpoints/health-desk.ts';
import { DEFAULTS, type EmbeddedRouter, type RouterOptions } from '../router.ts';
import { allTo, fallBackTo } from '../table/fallback.ts';
import { parseRouting } from '../table/routing-schema.ts';
import { createTableStore, type TableEntry } from '../table/table-store.ts';
import { openBlockStore } from '../telemetry/block-store.ts';
import { metricFamilies, type ProcessReading } from '../telemetry/families.ts';
import { createMerger } from '../telemetry/merger.ts';
import { createTotals } from '../telemetry/totals.ts';
import { createCountsSum, shareOf } from './counts.ts';
import { createCrew } from './crew.ts';
import { mergeObserved, mergeReadings } from './merge.ts';
import type { WorkerEntry } from './protocol.ts';
import { createHeldSockets } from './sockets.ts';

export interface CrewedRouterOptions extends RouterOptions {
  /** How many, at least 1. */
  readonly workers: number;
  /** Program of a worker. */
  readonly program: string;
}

/** A router whose requests are served by processes of their own. */
export interface CrewedRouter extends Omit<EmbeddedRouter, 'observe'> {
  observe(service: string): Promise<ObservedRouting | null>;
  /** Replaces the workers one by one; resolves when the new ones serve. The old ones have `drain` ms to end. */
  restart(drain: number): Promise<void>;
  workers(): readonly number[];
}

const BLOCK = 1_000;
const WATCH = 100;
/** How long a block waits for a worker that is slow to report; what it tells later is in the next one. */
const REPORT_WITHIN = 500;

/** Starts with the table that `folder` holds. Rejects where a worker cannot serve. */
export async function startCrewedRouter(
  folder: string,
  log: Logger,
  { workers, program, ...given }: CrewedRouterOptions,
): Promise<CrewedRouter> {
  const options = { ...DEFAULTS, ...given };
  const store = createTableStore(join(folder, 'table'), log);
  const table = new Map((await store.load()).map((entry) => [entry.routing.service, entry]));
  const key = await loadKey(join(folder, 'key'), log);
  const blocks = await openBlockStore(join(folder, 'telemetry.ndjson'), log, Date.now());
  const merger = createMerger();
  const totals = createTotals();
  const counts = createCountsSum();
  const sockets = createHeldSockets();
  const acmeFolder = join(folder, 'acme');
  let challenges: readonly Challenge[] = [];
  let heartbeatAt = Date.now();

  const desk = createHealthDesk((service) =>
    crew.tell('health', { service, readings: desk.readings(service) }),
  );
  const entryOf = (entry: TableEntry): WorkerEntry => ({
    entry: shareOf(entry, workers),
    health: desk.readings(entry.routing.service),
  });
  for (const { routing } of table.values()) desk.want(routing);

  const crew = createCrew({
    program,
    size: workers,
    sockets,
    log,
    start: () => ({
      options,
      key,
      accessFolder: join(folder, 'access'),
      acmeFolder,
      challenges,
      entries: [...table.values()].map(entryOf),
    }),
    onNews(worker, { report, counts: growth }) {
      merger.take(worker, report);
      counts.add(growth);
    },
    onLost: desk.lost,
    onGone: merger.leave,
  });
  await crew.start();
  const keeper = createCertificateKeeper({
    folder: acmeFolder,
    log,
    async publish(all) {
      challenges = all;
      await crew.ask('challenges', all);
    },
  });
  const order = () => keeper.want([...table.values()].map(({ routing }) => routing.listen));
  order();
  log.info({ services: [...table.keys()], workers }, 'the router serves');

  /** Every new request obeys the entry when it resolves. */
  const lead = async (entry: TableEntry): Promise<void> => {
    table.set(entry.routing.service, entry);
    desk.want(entry.routing);
    await crew.ask('apply', entryOf(entry));
  };

  let blockStart = Date.now();
  const cut = async () => {
    const now = Date.now();
    await crew.gather('report', REPORT_WITHIN);
    const fresh = merger.blocks(blockStart, Math.max(1, now - blockStart));
    blockStart = now;
    totals.add(fresh);
    await blocks.add(fresh);
  };
  let cutting: Promise<void> | null = null;
  const blockTimer = setInterval(() => {
    cutting ??= cut().finally(() => {
      cutting = null;
    });
  }, BLOCK);

  const fallBack = async ({ routing }: TableEntry, to: Routing['live']) => {
    const entry = { routing: allTo(routing, to), fellBackAt: Date.now() };
    log.warn(
      { service: routing.service, split: entry.routing.split },
      'no heartbeat: everybody goes to stable',
    );
    await lead(entry);
    await store
      .save(entry)
      .catch((error: unknown) => log.error({ err: error }, 'the fallback is in force, but not saved'));
  };
  const watchTimer = setInterval(() => {
    for (const entry of table.values()) {
      const to = fallBackTo(entry.routing, heartbeatAt, Date.now());
      if (to !== null) void fallBack(entry, to);
    }
  }, WATCH);

  return {
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
      merger.forget(service);
      totals.forget(service);
      counts.forget(service);
      log.info({ service }, 'removed');
      const removed = crew
        .ask('remove', { service })
        .then(() => crew.settle())
        .then(order);
      await Promise.all([removed, store.remove(service)]);
    },
    async observe(service) {
      const entry = table.get(service);
      if (entry === undefined) return null;
      const observed = mergeObserved(entry, await crew.ask('observe', { service }));
      return keeper.remark(entry.routing.listen, observed);
    },
    traffic: (since) => blocks.since(since),
    acknowledge: (upTo) => blocks.acknowledge(upTo),
    heartbeat() {
      heartbeatAt = Date.now();
    },
    async metrics() {
      const readings = await crew.gather<ProcessReading>('reading', REPORT_WITHIN);
      const services = [...table.keys()].map((name) => ({
        name,
        counts: counts.of(name),
        inFlight: (colour: Routing['live']) => merger.inFlight(name, colour),
      }));
      return metricFamilies(services, totals.all(), mergeReadings(readings, process.memoryUsage.rss()));
    },
    services: () => [...table.keys()],
    restart: (drain) => crew.restart(drain),
    workers: () => crew.pids(),
    async close(within) {
      clearInterval(watchTimer);
      await keeper.close();
      await crew.close(within);
      sockets.keep(new Set());
      desk.close();
      clearInterval(blockTimer);
      await cutting;
      await cut();
    },
  };
}
