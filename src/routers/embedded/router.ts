import { join } from 'node:path';
import type { MetricFamily } from '../../core/metric-family.ts';
import type { TrafficBlock } from '../../core/ports.ts';
import type { ObservedRouting } from '../../core/world.ts';
import type { Logger } from '../../system/log.ts';
import { createIdentities } from './clients/identity.ts';
import { loadKey } from './clients/key.ts';
import type { Attach } from './endpoints/environment.ts';
import { checkHealth } from './endpoints/health-check.ts';
import { createFastPath } from './fast/fast-path.ts';
import { loadErrorPage } from './http/error-page.ts';
import { createUpstreams } from './http/upstream.ts';
import { createDoors } from './listen/doors.ts';
import { createPins } from './skew/pins.ts';
import { parseRouting } from './table/routing-schema.ts';
import { createService, type Service } from './table/service.ts';
import { createTableStore } from './table/table-store.ts';
import { openBlockStore } from './telemetry/block-store.ts';
import { metricFamilies } from './telemetry/families.ts';
import { measureLoopLag } from './telemetry/loop-lag.ts';
import { createRecorder } from './telemetry/recorder.ts';
import { createTotals } from './telemetry/totals.ts';
import { createComplaints } from './visit/complaints.ts';
import { LIMITS, type Limits } from './visit/limits.ts';

/** What the router process does on behalf of the daemon; the driver's other side. */
export interface EmbeddedRouter {
  /** Every new request obeys `routing` before the first await; resolves when it is on disk too. */
  apply(routing: unknown): Promise<void>;
  remove(service: string): Promise<void>;
  observe(service: string): ObservedRouting | null;
  traffic(since: number): readonly TrafficBlock[];
  acknowledge(upTo: number): Promise<void>;
  heartbeat(): void;
  metrics(): Promise<readonly MetricFamily[]>;
  services(): readonly string[];
  /** Takes no new connections, waits for what is in flight, at most `within` ms, and writes the last block. */
  close(within: number): Promise<void>;
}

export interface RouterOptions {
  readonly limits?: Limits;
  /** false: node's own HTTP server serves every request. */
  readonly fastPath?: boolean;
  /** How often the files of certificates are looked at, in ms. */
  readonly reloadEvery?: number;
}

/** A block is a second long. */
const BLOCK = 1_000;
const WATCH = 100;

/** Starts with the table that `folder` holds. */
export async function startEmbeddedRouter(
  folder: string,
  log: Logger,
  { limits = LIMITS, fastPath = true, reloadEvery = 5_000 }: RouterOptions = {},
): Promise<EmbeddedRouter> {
  const store = createTableStore(join(folder, 'table'), log);
  const saved = await store.load();
  const key = await loadKey(join(folder, 'key'), log);
  const identities = createIdentities(key);
  const pins = createPins(key);
  const blocks = await openBlockStore(join(folder, 'telemetry.ndjson'), log, Date.now());
  const recorder = createRecorder();
  const totals = createTotals();
  const lag = measureLoopLag();
  const upstreams = createUpstreams(limits);
  const complaints = createComplaints(log);
  const visitors = { recorder, identities, pins, complaints, limits };
  const fast = fastPath ? createFastPath(visitors) : null;
  const doors = createDoors({ ...visitors, upstreams, fastPath: fast }, log, { key, reloadEvery });
  const services = new Map<string, Service>();
  let heartbeatAt = Date.now();

  const showPage = async (service: Service): Promise<void> => {
    const path = service.http.errorPage;
    const page = path === null ? null : await loadErrorPage(path, log);
    if (service.http.errorPage === path) service.page = page;
  };

  const attach: Attach = (endpoint, probe) => {
    const stop = checkHealth(endpoint, probe);
    return () => {
      stop();
      upstreams.close(endpoint);
      fast?.forget(endpoint);
    };
  };

  for (const { routing, fellBackAt } of saved) {
    services.set(routing.service, createService(routing, fellBackAt, attach));
  }
  await Promise.all([...services.values()].map(showPage));
  await doors.lead(services);
  log.info({ services: [...services.keys()] }, 'the router serves');

  let blockStart = Date.now();
  const cutBlocks = () => {
    const now = Date.now();
    const cut = recorder.blocks(
      blockStart,
      Math.max(1, now - blockStart),
      (name, colour) => services.get(name)?.inFlight(colour) ?? 0,
    );
    blockStart = now;
    totals.add(cut);
    return blocks.add(cut);
  };
  const blockTimer = setInterval(cutBlocks, BLOCK);

  const watchTimer = setInterval(() => {
    for (const service of services.values()) {
      if (!service.watch(heartbeatAt, Date.now())) continue;
      const { routing, fellBackAt } = service;
      log.warn({ service: service.name, split: routing.split }, 'no heartbeat: everybody goes to stable');
      store
        .save({ routing, fellBackAt })
        .catch((error: unknown) => log.error({ err: error }, 'the fallback is in force, but not saved'));
    }
  }, WATCH);

  return {
    async apply(input) {
      const routing = parseRouting(input);
      heartbeatAt = Date.now();
      const service = services.get(routing.service);
      if (service !== undefined) service.replace(routing, null);
      else services.set(routing.service, createService(routing, null, attach));
      const opened = doors.lead(services);
      const { split, revision } = routing;
      log.info({ service: routing.service, split, revision, epoch: routing.epoch }, 'applied');
      await Promise.all([
        opened,
        store.save({ routing, fellBackAt: null }),
        showPage(services.get(routing.service)!),
      ]);
    },
    async remove(name) {
      const service = services.get(name);
      if (service !== undefined) {
        services.delete(name);
        service.close();
        recorder.forget(name);
        totals.forget(name);
      }
      const closed = doors.lead(services);
      log.info({ service: name }, 'removed');
      await Promise.all([closed, store.remove(name)]);
    },
    observe(name) {
      const service = services.get(name);
      return service === undefined ? null : { ...service.observe(), ...doors.observe(service) };
    },
    traffic: (since) => blocks.since(since),
    acknowledge: (upTo) => blocks.acknowledge(upTo),
    heartbeat() {
      heartbeatAt = Date.now();
    },
    async metrics() {
      return metricFamilies([...services.values()], totals.all(), {
        connections: await doors.connections(),
        handedOver: fast?.handedOver() ?? 0,
        loopLag: lag.highest(),
        residentBytes: process.memoryUsage.rss(),
      });
    },
    services: () => [...services.keys()],
    async close(within) {
      clearInterval(watchTimer);
      lag.close();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, within);
      });
      await Promise.race([doors.close(), late]);
      clearTimeout(timer);
      clearInterval(blockTimer);
      fast?.close();
      await cutBlocks();
      for (const service of services.values()) service.close();
    },
  };
}
