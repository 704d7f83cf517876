import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { TrafficBlock } from '../../../src/core/ports.ts';
import { makeCertificate } from '../../support/make-certificate.ts';
import { type Crowd, crowd, receiveCrowd } from '../support/crowd.ts';
import {
  type Backend,
  backend,
  canary,
  eventually,
  freePort,
  type RunningRouter,
  runningRouter,
} from '../support.ts';

export const WORKERS = 2;
/** Probes that a busy machine answers late must not end requests that are about the router. */
export const PATIENT = { hold: 30_000 };

/** A router with workers, its services `shop` and, by HTTPS, `secure`, and two instances that answer a crowd. */
export interface HandoverStage {
  readonly running: RunningRouter;
  readonly blue: Backend;
  readonly green: Backend;
  /** Of `shop`. */
  readonly port: number;
  /** Gives green `weight` basis points of both services. */
  switchTo(weight: number): Promise<unknown>;
  /** People of every kind who ask without a pause, of whom green has a part. */
  gather(): Promise<Crowd>;
  /** Resolves when more than `more` further requests of each kind were begun. */
  goesOn(people: Crowd, more: number): Promise<void>;
  /** The process that is to take over, once it has so many workers that serve. */
  heirOf(serving: number): Promise<number>;
  nothingInFlight(): Promise<unknown>;
  counted(): Promise<{ readonly blocks: readonly TrafficBlock[]; readonly requests: number }>;
  expectAllCounted(people: Crowd): Promise<void>;
  close(): Promise<void>;
}

export async function handoverStage(): Promise<HandoverStage> {
  const [running, blue, green, port, securePort] = await Promise.all([
    runningRouter(WORKERS),
    backend('blue'),
    backend('green'),
    freePort(),
    freePort(),
  ]);
  receiveCrowd(blue, 'blue');
  receiveCrowd(green, 'green');
  const { cert, key } = makeCertificate(['localhost']);
  const files = { cert: join(running.home.root, 'shop.pem'), key: join(running.home.root, 'shop.key') };
  await Promise.all([writeFile(files.cert, cert), writeFile(files.key, key)]);
  const tls = { certificates: [files] };
  const listen = {
    ...PATIENT,
    service: 'secure',
    epoch: 'secure-1/1',
    listen: { port: securePort, address: '127.0.0.1', host: null, path: '/', tls },
  };

  const switchTo = (weight: number) =>
    Promise.all([
      running.router.apply(canary(port, [blue], [green], weight, PATIENT)),
      running.router.apply(canary(securePort, [blue], [green], weight, listen)),
    ]);

  const gather = async (): Promise<Crowd> => {
    await switchTo(3_000);
    for (const service of ['shop', 'secure'])
      await eventually('both are healthy', async () => {
        const { healthy } = await running.observed(service);
        return healthy.blue === 1 && healthy.green === 1;
      });
    const options = { port, secure: { port: securePort, ca: cert }, clients: 100 };
    return crowd({ ...options, plain: 8, streams: 2, tunnels: 2, http2: 4 }, ['blue', 'green']);
  };

  const goesOn = async (people: Crowd, more: number) => {
    const before = { ...people.sent };
    await eventually('traffic of every kind flows', () =>
      (Object.keys(before) as (keyof typeof before)[]).every(
        (kind) => people.sent[kind] > before[kind] + more,
      ),
    );
  };

  /** The process that is to take over, once it has so many workers that serve. */
  const heirOf = async (serving: number): Promise<number> => {
    const pattern = /"process":(\d+),"msg":"another router starts beside this one/g;
    const before = [...running.log().matchAll(pattern)].length;
    const served = () => running.log().split('"msg":"a worker serves"').length;
    const workers = served();
    await eventually(
      'a new router starts',
      () => [...running.log().matchAll(pattern)].length >= Math.max(1, before),
    );
    await eventually('its workers serve', () => served() >= workers + serving);
    return Number([...running.log().matchAll(pattern)].at(-1)![1]);
  };

  const nothingInFlight = () =>
    eventually('nothing is in flight any more', async () => {
      const both = await Promise.all(['shop', 'secure'].map((service) => running.observed(service)));
      const metrics = await running.router.metrics!();
      const gauge = metrics.find(({ name }) => name === 'teal_router_requests_in_flight');
      return (
        both.every(({ inFlight }) => inFlight.blue + inFlight.green === 0) &&
        gauge!.samples.every(({ value }) => value === 0)
      );
    });

  const counted = async () => {
    const blocks = await running.router.traffic(0);
    return {
      blocks,
      requests: sumOf(blocks, ({ requests }) => sumOf(Object.values(requests), (count) => count)),
    };
  };

  const expectAllCounted = async (people: Crowd) => {
    await eventually('all are counted', async () => (await counted()).requests >= people.total());
    const { blocks, requests } = await counted();
    expect(requests).toBe(people.total());
    expectEachOnce(blocks);
  };

  return {
    running,
    blue,
    green,
    port,
    switchTo,
    gather,
    goesOn,
    heirOf,
    nothingInFlight,
    counted,
    expectAllCounted,
    async close() {
      await running.close();
      await Promise.all([blue.close(), green.close()]);
    },
  };
}

/** Of 100 clients by each way and the one of the tunnels; in each slot of ten minutes anew. */
function expectEachOnce(blocks: readonly TrafficBlock[]): void {
  const seen = new Map<string, number>();
  for (const { service, epoch, clients } of blocks) {
    const key = `${service} ${epoch.split('/').at(-1)}`;
    seen.set(key, (seen.get(key) ?? 0) + clients.seen);
  }
  for (const [key, count] of seen) expect(count, key).toBeLessThanOrEqual(key.startsWith('shop') ? 101 : 100);
  expect(sumOf([...seen.values()], (count) => count)).toBeGreaterThanOrEqual(201);
}

const sumOf = <T>(list: readonly T[], read: (one: T) => number): number =>
  list.reduce((sum, one) => sum + read(one), 0);
