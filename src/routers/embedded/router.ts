import { join } from 'node:path';
import type { Colour } from '../../core/model.ts';
import type { TrafficBlock } from '../../core/ports.ts';
import type { MetricFamily } from '../../core/traffic/metric-family.ts';
import type { ObservedRouting } from '../../core/world.ts';
import type { Logger } from '../../system/log.ts';
import { createCertificateKeeper } from './acme/keeper.ts';
import { loadKey } from './clients/key.ts';
import { checkHealth } from './endpoints/health-check.ts';
import { listenOn } from './listen/listen-on.ts';
import { ownTurnstiles } from './listen/turnstile.ts';
import { createServing, type ServingOptions } from './serving.ts';
import { parseRouting } from './table/routing-schema.ts';
import { createTableStore } from './table/table-store.ts';
import { openBlockStore } from './telemetry/block-store.ts';
import { cutBlocks } from './telemetry/blocks.ts';
import { metricFamilies } from './telemetry/families.ts';
import { createCountingRecorder } from './telemetry/recorder.ts';
import { createTotals } from './telemetry/totals.ts';
import { LIMITS } from './visit/limits.ts';

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

export type RouterOptions = Partial<ServingOptions>;

export const DEFAULTS: ServingOptions = { limits: LIMITS, fastPath: true, reloadEvery: 5_000 };

/** A block is a second long. */
const BLOCK = 1_000;
const WATCH = 100;

/** Starts with the table that `folder` holds. */
export async function startEmbeddedRouter(
  folder: string,
  log: Logger,
  options: RouterOptions = {},
): Promise<EmbeddedRouter> {
  const store = createTableStore(join(folder, 'table'), log);
  const saved = await store.load();
  const key = await loadKey(join(folder, 'key'), log);
  const blocks = await openBlockStore(join(folder, 'telemetry.ndjson'), log, Date.now());
  const recorder = createCountingRecorder();
  const totals = createTotals();
  const accessFolder = join(folder, 'access');
  const acmeFolder = join(folder, 'acme');
  const parts = { ...DEFAULTS, ...options, key, recorder, accessFolder, acmeFolder };
  const serving = createServing(log, {
    ...parts,
    watchHealth: () => checkHealth,
    openSocket: listenOn,
    turnstiles: ownTurnstiles(),
  });
  const { services } = serving;
  const keeper = createCertificateKeeper({
    folder: acmeFolder,
    log,
    publish: async (challenges) => serving.answerChallenges(challenges),
  });
  const order = () => keeper.want([...services.values()].map(({ routing }) => routing.listen));
  let heartbeatAt = Date.now();

  await serving.lead(...saved);
  order();
  log.info({ services: [...services.keys()] }, 'the router serves');

  let blockStart = Date.now();
  const cut = () => {
    const now = Date.now();
    const length = Math.max(1, now - blockStart);
    const inFlight = (name: string, colour: Colour) => services.get(name)?.inFlight(colour) ?? 0;
    const fresh = cutBlocks(recorder.arms().all, blockStart, length, inFlight);
    blockStart = now;
    // What was in flight when its service was removed is evidence still, but no service of this router's.
    totals.add(fresh.filter(({ service }) => services.has(service)));
    return blocks.add(fresh);
  };
  const blockTimer = setInterval(cut, BLOCK);

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
      const led = serving.lead({ routing, fellBackAt: null }).then(order);
      const { split, revision } = routing;
      log.info({ service: routing.service, split, revision, epoch: routing.epoch }, 'applied');
      await Promise.all([led, store.save({ routing, fellBackAt: null })]);
    },
    async remove(name) {
      const removed = serving.remove(name).then(order);
      totals.forget(name);
      log.info({ service: name }, 'removed');
      await Promise.all([removed, store.remove(name)]);
    },
    observe(name) {
      const observed = serving.observe(name);
      const service = services.get(name);
      if (observed === null || service === undefined) return observed;
      return keeper.remark(service.routing.listen, observed);
    },
    traffic: (since) => blocks.since(since),
    acknowledge: (upTo) => blocks.acknowledge(upTo),
    heartbeat() {
      heartbeatAt = Date.now();
    },
    metrics: async () => metricFamilies([...services.values()], totals.all(), await serving.reading()),
    services: () => [...services.keys()],
    async close(within) {
      clearInterval(watchTimer);
      await keeper.close();
      await serving.close(within);
      clearInterval(blockTimer);
      await cut();
    },
  };
}
