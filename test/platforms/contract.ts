import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Colour, Release } from '../../src/core/model.ts';
import type { EnvironmentOrder, LogLine, Platform } from '../../src/core/ports.ts';
import type { ObservedEnvironment, ObservedInstance } from '../../src/core/world.ts';
import { processStarted } from '../../src/system/process/process-identity.ts';
import { waitFor } from '../support/wait-for.ts';
import type { ReleaseMaker } from './releases.ts';

/** What a platform brings to be tested. */
export interface Subject {
  readonly platform: Platform;
  readonly releases: ReleaseMaker;
  /** Ends the platform and everything it runs. */
  end(): Promise<void>;
}

let services = 0;

/** What every platform must do, with real instances. */
export function platformContract(name: string, make: () => Promise<Subject>): void {
  describe(`${name}: platform contract`, () => {
    let subject: Subject;
    beforeAll(async () => {
      subject = await make();
    });
    afterAll(() => subject.end());

    /** An environment of a service of its own, gone after the test. */
    function environment(colour: Colour = 'blue') {
      const { platform } = subject;
      services += 1;
      const service = `shop${services}`;
      onTestFinished(() => platform.remove(service, colour));
      return {
        service,
        release: (id: string, ...how: [behaviour?: object, spec?: object]) =>
          subject.releases.service(id, how[0], { ...how[1], service }),
        apply: (release: Release, instances = 1) =>
          platform.apply({ service, colour, release, instances } satisfies EnvironmentOrder),
        observe: () => platform.observe(service, colour),
        remove: () => platform.remove(service, colour),
        until: (what: string, condition: (env: ObservedEnvironment) => boolean) =>
          waitFor(
            async () => {
              const env = await platform.observe(service, colour);
              if (condition(env)) return env;
              throw new Error(JSON.stringify(env));
            },
            { what },
          ),
        logs: (follow: boolean, signal: AbortSignal) =>
          platform.logs(service, colour, { tail: 10, follow, signal }),
      };
    }

    test('an environment that nothing was asked of is empty', async () => {
      const env = environment('green');
      expect(await env.observe()).toEqual({ colour: 'green', release: null, instances: [], problem: null });
    });

    test('a release becomes ready and serves with its variables', async () => {
      const env = environment();
      await env.apply(await env.release('r1', { version: 'one' }), 2);
      const { release, instances } = await env.until('both ready', allReady(2));
      expect(release).toBe('r1');
      expect(instances.map(({ id }) => id)).toEqual([`${env.service}-blue-1`, `${env.service}-blue-2`]);
      expect(new Set(instances.map(({ endpoint }) => endpoint?.port)).size).toBe(2);
      for (const one of instances) {
        expect(one).toMatchObject({ restarts: 0, lastExit: null, logTail: [], lastProbe: { ok: true } });
        expect(await ask(one)).toEqual({ version: 'one', environment: 'blue', release: 'r1' });
      }
    });

    test('applying the same again changes nothing', async () => {
      const env = environment();
      const release = await env.release('same');
      await env.apply(release);
      const before = await env.until('ready', allReady(1));
      await env.apply(release);
      const after = await env.observe();
      expect(after.instances[0]?.pid).toBe(before.instances[0]?.pid);
      expect(after.instances[0]?.state).toBe('ready');
    });

    test('a release that never becomes ready says what the probe found', async () => {
      const env = environment();
      await env.apply(await env.release('never', { neverReady: true }));
      const { instances } = await env.until('an answer to the probe', (seen) =>
        Boolean(seen.instances[0]?.lastProbe?.detail.includes('503')),
      );
      expect(instances[0]?.state).toBe('starting');
      expect(instances[0]?.lastProbe).toMatchObject({ ok: false, detail: 'GET /healthz: 503, "not yet"' });
      expect(instances[0]?.logTail).toEqual(['version never listens']);
    });

    test('a release that listens elsewhere is told which port it was given', async () => {
      const env = environment();
      await env.apply(await env.release('elsewhere', {}, { run: 'PORT=0 exec node server.mjs' }));
      const { instances } = await env.until(
        'a probe',
        ({ instances: [one] }) => one?.lastProbe?.ok === false,
      );
      const { host, port } = instances[0]!.endpoint!;
      expect(instances[0]?.lastProbe?.detail).toBe(
        `GET /healthz: ECONNREFUSED, nothing listens on ${host}:${port}, its $PORT`,
      );
    });

    test('a crash loop ends as failed, with exit code, restarts and the last lines of the log', async () => {
      const env = environment();
      await env.apply(await env.release('crash', {}, { run: 'echo out of luck; exit 3' }));
      const { instances } = await env.until('given up', ({ instances: [one] }) => one?.state === 'failed');
      expect(instances[0]).toMatchObject({ pid: null, restarts: 4, lastExit: { code: 3, signal: null } });
      expect(instances[0]?.logTail).toEqual(Array(5).fill('out of luck'));
    });

    test('an instance that dies is started again on the same port', async () => {
      const env = environment();
      await env.apply(await env.release('dies'));
      const [before] = (await env.until('ready', allReady(1))).instances;
      process.kill(before!.pid!, 'SIGKILL');
      const seen = await env.until('ready again', ({ instances: [one] }) => {
        return one?.state === 'ready' && one.pid !== before?.pid;
      });
      expect(seen.instances[0]).toMatchObject({
        restarts: 1,
        lastExit: { code: null, signal: 'SIGKILL' },
        endpoint: before!.endpoint,
      });
    });

    test('another release in the same colour replaces the first', async () => {
      const env = environment();
      await env.apply(await env.release('old'));
      await env.until('old ready', allReady(1));
      await env.apply(await env.release('new'));
      const { instances } = await env.until(
        'new ready',
        (seen) => seen.release === 'new' && allReady(1)(seen),
      );
      expect((await ask(instances[0]!)).version).toBe('new');
    });

    test('scales up and down, newest first, and the others never notice', async () => {
      const env = environment();
      const release = await env.release('scaled');
      await env.apply(release, 1);
      const [first] = (await env.until('one', allReady(1))).instances;
      await env.apply(release, 3);
      await env.until('three', allReady(3));
      await env.apply(release, 1);
      const { instances } = await env.until('one again', allReady(1));
      expect(instances[0]).toMatchObject({ id: first!.id, pid: first!.pid, restarts: 0 });
    });

    test('removing resolves when all is gone, and again at once', async () => {
      const env = environment();
      await env.apply(await env.release('gone'), 2);
      const { instances } = await env.until('ready', allReady(2));
      await env.remove();
      await env.remove();
      expect((await env.observe()).instances).toEqual([]);
      for (const one of instances) await expect(ask(one)).rejects.toThrow();
    });

    test('what ignores the stop signal is killed after its time, with everything it started', async () => {
      const env = environment();
      const stop = { signal: 'SIGTERM', within: 300 };
      const run = `${process.execPath} stubborn.mjs & wait`;
      await env.apply(await env.release('stubborn', {}, { run, stop }));
      const [one] = (await env.until('ready', allReady(1))).instances;
      const pids = (await (await fetch(urlOf(one!))).json()) as number[];
      await env.remove();
      expect(await Promise.all([one!.pid!, ...pids].map(processStarted))).toEqual([null, null, null]);
    });

    test('a missing secret is a problem with its name', async () => {
      const env = environment();
      const secret = { KEY: { from: 'file:/nowhere/key' } };
      await env.apply(await env.release('secret', {}, { env: secret }));
      const { problem } = await env.until('the problem', (seen) => seen.problem !== null);
      expect(problem).toContain('/nowhere/key');
    });

    test('a release folder that is gone is a problem', async () => {
      const env = environment();
      const release = await env.release('folder');
      await env.apply({ ...release, path: `${release.path}-gone` });
      expect((await env.observe()).problem).toContain(`${release.path}-gone`);
    });

    test('logs give the last lines, and go on with what is printed and with new instances', async () => {
      const env = environment();
      const release = await env.release('logs');
      await env.apply(release);
      await env.until('ready', allReady(1));
      const end = new AbortController();
      const lines: LogLine[] = [];
      const reading = (async () => {
        for await (const line of env.logs(true, end.signal)) lines.push(line);
      })();
      await waitFor(() => lines.length === 1, { what: 'the tail' });
      await env.apply(release, 2);
      await waitFor(() => lines.length === 2, { what: 'the new instance' });
      end.abort();
      await reading;
      expect(lines).toEqual(
        [1, 2].map((n) => ({
          colour: 'blue',
          instance: `${env.service}-blue-${n}`,
          text: 'version logs listens',
        })),
      );
    });

    test('tells that something changed, without being asked', async () => {
      const env = environment();
      const told: string[] = [];
      onTestFinished(subject.platform.onChange((service) => told.push(service)));
      await env.apply(await env.release('told'));
      await waitFor(() => told.includes(env.service), { what: 'the start' });
      await env.until('ready', allReady(1));
      await waitFor(() => told.filter((one) => one === env.service).length >= 2, { what: 'readiness' });
    });

    test.each([
      ['tcp', { kind: 'tcp' }],
      ['command', { kind: 'command', command: 'test "$TEAL_ENVIRONMENT" = blue && test -n "$PORT"' }],
    ])('readiness by %s', async (_, probe) => {
      const env = environment();
      const ready = { ...probe, every: 100, timeout: 5_000, within: 20_000 };
      await env.apply(await env.release('probed', {}, { ready }));
      const { instances } = await env.until('ready', allReady(1));
      expect(instances[0]?.lastProbe?.ok).toBe(true);
    });
  });
}

export const allReady =
  (count: number) =>
  ({ instances }: ObservedEnvironment): boolean =>
    instances.length === count && instances.every(({ state }) => state === 'ready');

export const urlOf = ({ endpoint }: ObservedInstance): string =>
  `http://${endpoint?.host}:${endpoint?.port}/`;

/** What an instance of the fixture service says of itself. */
export async function ask(instance: ObservedInstance) {
  const { headers } = await fetch(urlOf(instance), { headers: { connection: 'close' } });
  return {
    version: headers.get('x-version'),
    environment: headers.get('x-environment'),
    release: headers.get('x-release'),
  };
}
