import { expect, test } from 'vitest';
import { routerLink } from '../../src/daemon/traffic/router-link.ts';
import { buildRouting } from '../../src/daemon/traffic/routing.ts';
import { memoryRouter } from './support/drivers.ts';
import { release } from './support/release.ts';

const live = release();
const routingTo = (seed: number) =>
  buildRouting({
    service: 'shop',
    desired: {
      environments: { blue: { release: live.id, instances: 1 }, green: null },
      routing: {
        live: 'blue',
        candidate: null,
        split: { blue: 10_000, green: 0 },
        by: 'clients',
        seed,
        epoch: '',
        identify: { kind: 'auto' },
        always: null,
        listen: live.spec.listen!,
        fallback: null,
        outage: null,
        hold: 0,
        skew: null,
        maintenance: null,
      },
      jobs: [],
      judging: null,
    },
    environments: {
      blue: { colour: 'blue', release: live.id, instances: [], problem: null },
      green: { colour: 'green', release: null, instances: [], problem: null },
    },
    releases: { [live.id]: live },
    previewSecret: 'secret',
  })!;

function signal(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

test('between a change and the reading after it nobody decides by the old reading, and people still see it', async () => {
  const memory = memoryRouter();
  let asked = signal();
  let gate = Promise.resolve();
  const link = routerLink({
    service: 'shop',
    router: {
      ...memory,
      async observe(service) {
        asked.resolve();
        await gate;
        return memory.observe(service);
      },
    },
    clock: { now: () => 0 },
    problems: { set: () => undefined, list: () => [] },
    onDrift: () => undefined,
    onChange: () => undefined,
  });
  await link.converge(routingTo(1));
  const first = link.observed;
  expect(first).toMatchObject({ split: { blue: 10_000, green: 0 } });
  expect(link.shown).toBe(first);

  const answer = signal();
  gate = answer.promise;
  asked = signal();
  const next = routingTo(2);
  const changed = link.converge(next);
  await asked.promise;
  expect(link.observed).toBeNull();
  expect(link.shown).toBe(first);

  answer.resolve();
  await changed;
  expect(link.observed?.revision).toBe(next.revision);
  expect(link.shown).toBe(link.observed);
});

test('a router that was away during a change and obeys it all the same is no problem any more', async () => {
  const memory = memoryRouter();
  const problems = new Map<string, string>();
  let away = false;
  const link = routerLink({
    service: 'shop',
    router: {
      ...memory,
      async apply(routing) {
        await memory.apply(routing);
        if (away) throw new Error('the connection ended before the answer');
      },
    },
    clock: { now: () => 0 },
    problems: {
      set: (key, text) => void (text === null ? problems.delete(key) : problems.set(key, text)),
      list: () => [],
    },
    onDrift: () => undefined,
    onChange: () => undefined,
  });
  await link.converge(routingTo(1));
  await link.observe();
  away = true;
  await link.converge(routingTo(2));
  expect(problems.get('router')).toContain('the connection ended');
  away = false;
  await link.observe();
  expect(problems.has('router')).toBe(false);
});
