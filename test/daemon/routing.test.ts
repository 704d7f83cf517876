import { expect, test } from 'vitest';
import { HTTP_DEFAULTS } from '../../src/core/service/http-spec.ts';
import type { Desired, ObservedEnvironment, ObservedInstance } from '../../src/core/world.ts';
import { buildRouting, movesTo } from '../../src/daemon/traffic/routing.ts';
import { release } from './support/release.ts';

const blue = release();
const green = release({
  ready: { kind: 'command', command: 'true', every: 1_000, timeout: 1_000, within: 1_000 },
});
const releases = { [blue.id]: blue, [green.id]: green };

const instance = (port: number, state: ObservedInstance['state']): ObservedInstance => ({
  id: `shop-${port}`,
  endpoint: { host: '127.0.0.1', port },
  state,
  pid: 1,
  startedAt: 1,
  restarts: 0,
  lastProbe: null,
  lastExit: null,
  logTail: [],
});
const seen = (
  colour: 'blue' | 'green',
  of: string | null,
  ...instances: ObservedInstance[]
): ObservedEnvironment => ({ colour, release: of, instances, problem: null });

const desired: Desired = {
  environments: {
    blue: { release: blue.id, instances: 1 },
    green: { release: green.id, instances: 1 },
  },
  routing: {
    live: 'blue',
    candidate: 'green',
    split: { blue: 9_000, green: 1_000 },
    by: 'clients',
    seed: 1,
    epoch: 'shop-1/1',
    identify: { kind: 'auto' },
    always: null,
    listen: blue.spec.listen!,
    fallback: null,
    outage: null,
    hold: 0,
    skew: null,
    maintenance: null,
  },
  jobs: [],
  judging: null,
};
const build = (environments: { blue: ObservedEnvironment; green: ObservedEnvironment }, wanted = desired) =>
  buildRouting({ service: 'shop', desired: wanted, environments, releases, previewSecret: 'secret' });
const both = {
  blue: seen('blue', blue.id, instance(2, 'unready'), instance(1, 'ready'), instance(3, 'stopping')),
  green: seen('green', green.id, instance(4, 'unready'), instance(5, 'ready')),
};

test('lists started instances in a fixed order, and of a command probe only what the platform finds ready', () => {
  const routing = build(both)!;
  expect(routing.endpoints.blue.map(({ port }) => port)).toEqual([1, 2]);
  expect(routing.endpoints.green.map(({ port }) => port)).toEqual([5]);
  expect(routing.health.blue?.probe).toEqual({ kind: 'http', method: 'GET', path: '/' });
});

test('nothing of another release than the wanted one is listed', () => {
  const routing = build({ ...both, green: seen('green', 'older', instance(4, 'ready')) })!;
  expect(routing.endpoints.green).toEqual([]);
});

test('an environment that is not wanted any more is not listed while it still runs', () => {
  const wanted = { ...desired, environments: { ...desired.environments, green: null } };
  const routing = build(both, wanted)!;
  expect(routing.endpoints.green).toEqual([]);
  expect(routing.releases.green).toBeNull();
});

test('the revision is the same for the same content and another for any other', () => {
  const first = build(both)!.revision;
  expect(build(both)!.revision).toBe(first);
  expect(build({ ...both, blue: seen('blue', blue.id, instance(9, 'ready')) })!.revision).not.toBe(first);
});

test('what instances speak is told where it is not HTTP/1.1, of each release what its own teal.yaml says', () => {
  expect(build(both)!).not.toHaveProperty('protocols');
  const grpc = release({ http: { ...HTTP_DEFAULTS, protocol: 'h2c' } });
  const wanted = {
    ...desired,
    environments: { ...desired.environments, green: { release: grpc.id, instances: 1 } },
  };
  const parts = { service: 'shop', desired: wanted, environments: both, previewSecret: 'secret' };
  const routing = buildRouting({ ...parts, releases: { ...releases, [grpc.id]: grpc } })!;
  expect(routing.protocols).toEqual({ blue: 'http/1.1', green: 'h2c' });
});

test('a service without a listener has no routing', () => {
  expect(build(both, { ...desired, routing: null })).toBeNull();
});

test('a move is one that gives a colour more than it has', () => {
  const routing = build(both)!;
  expect(movesTo('blue', { split: { blue: 5_000, green: 5_000 } }, routing)).toBe(true);
  expect(movesTo('green', { split: { blue: 5_000, green: 5_000 } }, routing)).toBe(false);
  expect(movesTo('blue', { split: { blue: 9_000, green: 1_000 } }, routing)).toBe(false);
  expect(movesTo('blue', null, routing)).toBe(false);
});
