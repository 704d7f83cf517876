/** Certificates ordered of a real authority: obtained, used, kept over a restart, renewed; and what is said where that fails. */
import type { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { describe, expect, it } from 'vitest';
import type { ListenSpec } from '../../../src/core/service/service-spec.ts';
import { acmeFiles } from '../../../src/routers/embedded/acme/files.ts';
import { isWithout } from '../../support/real-part.ts';
import { inProcessRouter } from '../support/in-process-router.ts';
import { ask, backend, eventually, freePort, routing, runningRouter } from '../support.ts';
import { type Pebble, type PebbleOptions, startPebble } from './pebble.ts';

const HOST = 'shop.teal.test';

/** Ports, an authority that asks at the plain one, and an instance. */
async function world(options: Omit<PebbleOptions, 'httpPort'> = {}) {
  const [port, plain, blue] = await Promise.all([freePort(), freePort(), backend('blue')]);
  const pebble = await startPebble({ ...options, httpPort: plain });
  const listen = (host = HOST): ListenSpec => {
    const { directory, caFile } = pebble;
    const acme = { email: 'ops@teal.test', directory, caFile };
    return { port, address: '127.0.0.1', host, path: '/', redirect: plain, tls: { certificates: [], acme } };
  };
  return {
    port,
    plain,
    blue,
    pebble,
    listen,
    table: (host = HOST) => routing(port, [blue], { listen: listen(host) }),
    async close() {
      await Promise.all([pebble.close(), blue.close()]);
    },
  };
}

/** What a client gets that asks for the host and trusts the authority; null: the handshake fails. */
async function certificateAt(port: number, { root }: Pebble): Promise<X509Certificate | null> {
  const socket = connect({ port, host: '127.0.0.1', servername: HOST, ca: root });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate() ?? null;
  } catch {
    return null;
  } finally {
    socket.destroy();
  }
}

describe.skipIf(isWithout('pebble', '-version'))('with a real authority', () => {
  it('is ordered through any worker in spite of refused nonces, and kept over a restart', async () => {
    const [it, running] = await Promise.all([world({ refusedNonces: 30 }), runningRouter(2)]);
    try {
      await running.router.apply(it.table());
      const found = await eventually('a certificate', () => certificateAt(it.port, it.pebble), 60_000);
      expect(found.checkHost(HOST)).toBe(HOST);
      const observed = await running.observed('shop');
      expect(observed.problem).toBeNull();
      expect(observed.warning).toBeNull();

      const files = acmeFiles(join(running.home.router, 'acme'), it.pebble.directory, HOST);
      for (const file of [files.pem, files.account]) expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect((await stat(files.folder)).mode & 0o777).toBe(0o700);
      await expect(stat(files.attempt)).rejects.toThrow('ENOENT');

      await running.kill('SIGTERM');
      await running.start();
      const again = await eventually('it serves again', () => certificateAt(it.port, it.pebble), 30_000);
      expect(again.serialNumber).toBe(found.serialNumber);
    } finally {
      await running.close();
      await it.close();
    }
  }, 120_000);

  it('is renewed when a third of its life is left, and the new one is used', async () => {
    const it = await world({ validFor: 12 });
    const running = await inProcessRouter({ reloadEvery: 50 });
    try {
      await running.router.apply(it.table());
      const first = await eventually('a certificate', () => certificateAt(it.port, it.pebble), 60_000);
      const next = await eventually(
        'another certificate',
        async () => {
          const now = await certificateAt(it.port, it.pebble);
          return now !== null && now.serialNumber !== first.serialNumber && now;
        },
        60_000,
      );
      // Before the old one had ended.
      expect(Date.parse(next.validFrom)).toBeLessThan(Date.parse(first.validTo));
    } finally {
      await running.close();
      await it.close();
    }
  }, 120_000);

  it('says why there is none and when it tries again, and does not at once, nor after a restart', async () => {
    const it = await world();
    const running = await runningRouter();
    try {
      await running.router.apply(it.table('shop.nowhere.test'));
      const { problem } = await eventually(
        'the failure is told',
        async () => {
          const observed = await running.observed('shop');
          return (observed.problem ?? '').includes('Tried again at') && observed;
        },
        60_000,
      );
      expect(problem).toContain('There is no certificate for shop.nowhere.test yet');
      expect(problem).toContain('refuses the certificate');
      expect(problem).toContain('its port 80');

      const files = acmeFiles(join(running.home.router, 'acme'), it.pebble.directory, 'shop.nowhere.test');
      const attempt = await readFile(files.attempt, 'utf8');
      expect(JSON.parse(attempt)).toMatchObject({ failures: 1 });
      await running.kill('SIGTERM');
      await running.start();
      await eventually('the failure is still told', async () => {
        const observed = await running.observed('shop');
        // Whoever starts again draws the delay by chance again: the minute may be another.
        const reason = problem!.split('Tried again at')[0]!;
        return observed.problem?.startsWith(`${reason}Tried again at`) ?? false;
      });
      expect(await readFile(files.attempt, 'utf8')).toBe(attempt);

      // The challenge is over: what is asked below its path is a request like any other.
      const path = '/.well-known/acme-challenge/anything';
      const url = `http://127.0.0.1:${it.plain}${path}`;
      const answer = await ask(url, { headers: { host: 'shop.nowhere.test' } });
      expect(answer.status).toBe(308);
      expect(answer.headers.location).toBe(`https://shop.nowhere.test:${it.port}${path}`);
    } finally {
      await running.close();
      await it.close();
    }
  }, 120_000);
});

it('is not ordered where nobody could answer the challenge, and that is said', async () => {
  const running = await inProcessRouter();
  const port = await freePort();
  try {
    const directory = 'https://localhost:1/dir';
    const acme = { email: 'ops@teal.test', directory, caFile: null };
    const listen = { port, address: '127.0.0.1', host: HOST, path: '/', tls: { certificates: [], acme } };
    await running.router.apply(routing(port, [], { listen }));
    const problem = await eventually('it is said', () => {
      const said = running.router.observe('shop')?.problem ?? '';
      return said.includes('redirect: 80') && said;
    });
    expect(problem).toContain('nobody is served by HTTPS');
    await expect(stat(acmeFiles(join(running.folder, 'acme'), directory, HOST).folder)).rejects.toThrow(
      'ENOENT',
    );
  } finally {
    await running.close();
  }
});

it('says that an authority cannot be reached, with the reason of the system', async () => {
  const running = await inProcessRouter();
  const [port, plain, nobody] = await Promise.all([freePort(), freePort(), freePort()]);
  try {
    const acme = { email: 'ops@teal.test', directory: `https://127.0.0.1:${nobody}/dir`, caFile: null };
    const tls = { certificates: [], acme };
    const listen = { port, address: '127.0.0.1', host: HOST, path: '/', redirect: plain, tls };
    await running.router.apply(routing(port, [], { listen }));
    const problem = await eventually('it is said', () => {
      const said = running.router.observe('shop')?.problem ?? '';
      return said.includes('Tried again at') && said;
    });
    expect(problem).toContain(`127.0.0.1:${nobody} cannot be reached`);
    expect(problem).toContain('ECONNREFUSED');
  } finally {
    await running.close();
  }
});
