/** A router hands over to another process under load: nobody notices, and nothing is counted twice or not at all. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processStarted } from '../../src/system/process-identity.ts';
import { makeCertificate } from '../support/make-certificate.ts';
import { type Crowd, crowd, receiveCrowd } from './crowd.ts';
import {
  type Backend,
  backend,
  canary,
  eventually,
  freePort,
  type RunningRouter,
  runningRouter,
} from './support.ts';

const WORKERS = 2;
/** Probes that a busy machine answers late must not end requests that are about the router. */
const PATIENT = { hold: 30_000 };

describe('a router that is upgraded', () => {
  let running: RunningRouter;
  let blue: Backend;
  let green: Backend;
  let port: number;
  let securePort: number;
  let ca: string;
  let listen: Parameters<typeof canary>[4] & object;

  beforeEach(async () => {
    [running, blue, green, port, securePort] = await Promise.all([
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
    ca = cert;
    const tls = { certificates: [files] };
    listen = {
      ...PATIENT,
      service: 'secure',
      epoch: 'secure-1/1',
      listen: { port: securePort, address: '127.0.0.1', host: null, path: '/', tls },
    };
  });
  afterEach(async () => {
    await running.close();
    await Promise.all([blue.close(), green.close()]);
  });

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
    const options = { port, secure: { port: securePort, ca }, clients: 100 };
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

  it('twice, under load of every kind: no request fails, each is counted once, and so is each client', async () => {
    const people = await gather();
    const pids = [(await running.processes()).pid];
    for (let turn = 1; turn <= 2; turn += 1) {
      await goesOn(people, 30);
      const next = await running.upgrade();
      expect((await running.processes()).pid).toBe(next);
      pids.push(next);
      await goesOn(people, 30);
    }
    expect(new Set(pids).size).toBe(3);
    await people.stop();
    expect(people.failures).toEqual([]);
    await eventually('the ones before have ended', async () =>
      (await Promise.all(pids.slice(0, 2).map(processStarted))).every((started) => started === null),
    );
    const blocks = await eventually(`all are counted: ${people.total()}`, async () => {
      const list = await running.router.traffic(0);
      const sum = sumOf(list, ({ requests }) => sumOf(Object.values(requests), (count) => count));
      return sum >= people.total() && list;
    });
    expect(sumOf(blocks, ({ requests }) => sumOf(Object.values(requests), (count) => count))).toBe(
      people.total(),
    );
    // The 100 by each way, and the one of the tunnels; each on one arm.
    expect(sumOf(blocks, ({ clients }) => clients.seen)).toBe(201);
    const numbers = blocks.map(({ number }) => number);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(running.log()).not.toMatch(/were cut/);
  }, 120_000);
});

const sumOf = <T>(list: readonly T[], read: (one: T) => number): number =>
  list.reduce((sum, one) => sum + read(one), 0);
