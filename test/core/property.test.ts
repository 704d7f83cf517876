import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fold } from '../../src/core/evolve.ts';
import type { Colour, ServiceState } from '../../src/core/model.ts';
import type { ServiceSpec } from '../../src/core/service/service-spec.ts';
import { initialState } from '../../src/core/state.ts';
import type { CommandVerb } from '../../src/core/world.ts';
import { blueGreen, canary, check, specWith } from './builders.ts';
import { SimulatedWorld } from './simulated-world.ts';

interface Action {
  /** In words, for the story of a counterexample. */
  readonly what: string;
  readonly act: (world: SimulatedWorld) => void;
}

const RELEASES = ['r1', 'r2', 'r3', 'r4'];
const gate = { within: 60_000, otherwise: 'abort' } as const;

const specs: fc.Arbitrary<ServiceSpec> = fc
  .record({
    strategy: fc.constantFrom(
      canary([1000, 5000]),
      canary([100, { weight: 2500, for: 5_000, approve: gate }]),
      canary([{ weight: 500, for: null, approve: { ...gate, otherwise: 'continue' as const } }]),
      canary([2500, 5000], 'instances'),
      canary([100, 500, 5000], 'clients', 'evidence'),
      canary([1000, { weight: 5000, for: 5_000, approve: gate }], 'clients', 'evidence'),
      blueGreen(),
      blueGreen(gate),
    ),
    worker: fc.boolean(),
    checks: fc.constantFrom(
      [],
      [check('smoke', { retries: 1 }), check('load', { after: ['smoke'] })],
      [check('smoke', { when: ['verify', 'bake'] })],
    ),
    hooks: fc.constantFrom<ServiceSpec['hooks']>(
      {},
      { 'before-prepare': { run: './migrate.sh', within: 20_000, pointOfNoReturn: true } },
      {
        'before-shift': { run: './warm.sh', within: 20_000, pointOfNoReturn: false },
        'after-promote': { run: './tell.sh', within: 20_000, pointOfNoReturn: true },
        'after-rollback': { run: './tell.sh', within: 20_000, pointOfNoReturn: false },
      },
    ),
    onAlarm: fc.constantFrom('rollback' as const, 'retreat' as const, 'hold' as const),
    bake: fc.constantFrom(0, 60_000),
    keep: fc.constantFrom(0, 120_000),
    freeze: fc.constantFrom<ServiceSpec['freeze']>(
      [],
      [{ text: 'all day', fromDay: 5, fromMinute: 0, toDay: 5, toMinute: 600, timeZone: 'Europe/Berlin' }],
    ),
  })
  .map(({ worker, ...change }) => specWith({ ...change, ...(worker ? { listen: null } : {}) }));

const colour = fc.constantFrom<Colour>('blue', 'green');
const verb = fc.constantFrom<CommandVerb>(
  'deploy',
  'rollback',
  'approve',
  'pause',
  'resume',
  'promote',
  'abort',
  'maintenance',
);

const passing = fc.integer({ min: 1, max: 90_000 });
const jobNames = fc.constantFrom(
  'smoke',
  'load',
  'before-prepare',
  'before-shift',
  'after-promote',
  'after-rollback',
);
const flags = { yes: fc.boolean(), replace: fc.boolean() };
const maintenance = fc.option(
  fc.record({
    message: fc.constant(null),
    for: fc.option(fc.integer({ min: 1_000, max: 60_000 })),
    hold: fc.constant(0),
  }),
);

const actions: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: passing.map((ms) => ({ what: `pass ${ms}`, act: (world: SimulatedWorld) => world.pass(ms) })),
  },
  {
    weight: 6,
    arbitrary: fc
      .record({ verb, release: fc.constantFrom(...RELEASES, undefined), ...flags, maintenance })
      .map(({ verb, release, maintenance, ...rest }) => ({
        what: `${verb} ${release} ${JSON.stringify(rest)}`,
        act: (world: SimulatedWorld) => {
          const named = verb === 'deploy' ? (release ?? 'r2') : release;
          world.command(verb, {
            ...rest,
            seed: 7,
            ...(maintenance && { maintenance }),
            ...(named === undefined ? {} : { release: named }),
          });
          world.look();
        },
      })),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(...RELEASES).map((release) => ({
      what: `deploy ${release}, not looked at`,
      act: (world: SimulatedWorld) => void world.command('deploy', { release }),
    })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(colour, fc.constantFrom('ready' as const, 'unready' as const, 'failed' as const))
      .map(([where, state]) => ({
        what: `${where} becomes ${state}`,
        act: (world: SimulatedWorld) => world.become(where, state),
      })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...RELEASES),
        fc.constantFrom('becomes ready' as const, 'never ready' as const, 'fails' as const),
      )
      .map(([release, behaviour]) => ({
        what: `${release} ${behaviour}`,
        act: (world: SimulatedWorld) => void world.behaviours.set(release, behaviour),
      })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(jobNames, fc.constantFrom('passes' as const, 'fails' as const, 'is silent' as const))
      .map(([job, behaviour]) => ({
        what: `${job} ${behaviour}`,
        act: (world: SimulatedWorld) => void world.jobs.set(job, behaviour),
      })),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(0, 300, 5_000, null).map((lag) => ({
      what: `router lag ${lag}`,
      act: (world: SimulatedWorld) => {
        world.routerLag = lag;
      },
    })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(500, 600_000).map((ms) => ({
      what: `requests take ${ms}`,
      act: (world: SimulatedWorld) => {
        world.requests = ms;
      },
    })),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('harm' as const, 'safe' as const, 'undecided' as const).map((verdict) => ({
      what: `verdict ${verdict}`,
      act: (world: SimulatedWorld) => world.judge({ verdict, leaningSafe: verdict === 'safe' }),
    })),
  },
  {
    weight: 2,
    arbitrary: fc.boolean().map((leaningSafe) => ({
      what: `alarm, then leaning safe: ${leaningSafe}`,
      act: (world: SimulatedWorld) =>
        world.judge({ leaningSafe }, { metric: 'errors', at: world.now, explanation: 'five times as usual' }),
    })),
  },
  {
    weight: 1,
    arbitrary: fc.constant({
      what: 'the router falls back',
      act: (world: SimulatedWorld) => {
        world.fellBackAt = world.now;
      },
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, 3_000, null).map((lag) => ({
      what: `telemetry lag ${lag}`,
      act: (world: SimulatedWorld) => {
        world.telemetryLag = lag;
      },
    })),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({
        upper: fc.constantFrom(0, 0.002, 0.05, 1),
        clientsPerSecond: fc.constantFrom(0, 0.01, 3, 200, 1_000_000),
        clients: fc.constantFrom(0, 4, 300),
        alone: fc.constantFrom(0, 99, 100),
        isCounted: fc.boolean(),
      })
      .map(({ isCounted, ...pace }) => ({
        what: `pace ${JSON.stringify(pace)}, counted: ${isCounted}`,
        act: (world: SimulatedWorld) => {
          world.pace = { ...pace, countedSince: isCounted ? 0 : null };
        },
      })),
  },
  {
    weight: 2,
    arbitrary: fc.constant({ what: 'crash', act: (world: SimulatedWorld) => world.crash() }),
  },
  {
    weight: 2,
    arbitrary: fc.constant({
      what: 'crash between journal and effects',
      act: (world: SimulatedWorld) => world.crashBeforeConverging(),
    }),
  },
);

/** How far the service is when the story begins. */
const beginnings = fc.constantFrom('nothing', 'r1 is stable', 'r2 is rolling out', 'r2 bakes' as const);

const stories = fc.array(actions, { maxLength: 30, size: 'max' });
const DAY = 24 * 3_600_000;

test('whatever happens, the invariants hold after every decision and every rollout ends', () => {
  fc.assert(
    fc.property(specs, beginnings, stories, (spec, beginning, story) => {
      const world = new SimulatedWorld();
      for (const id of RELEASES) world.release(id, spec);
      begin(world, beginning);
      for (const { act } of story) {
        act(world);
        expect(world.violations).toEqual([]);
      }
      world.look();
      expect(fold(initialState('shop'), world.history)).toEqual(world.state);
      // A day and a freeze are the longest that anything waits; nobody helps.
      world.passUntil(() => world.state.rollout === null && world.state.queued === null, 4 * DAY);
      expect(world.violations).toEqual([]);
      expect(commandsAnswered(world)).toBe(true);
      expect(hasOneRoleEach(world.state)).toBe(true);
    }),
    { numRuns: 200 },
  );
}, 120_000);

function begin(world: SimulatedWorld, beginning: string): void {
  if (beginning === 'nothing') return;
  world.command('deploy', { release: 'r1' });
  world.look();
  world.passUntil(() => world.state.rollout === null, DAY);
  if (beginning === 'r1 is stable') return;
  world.command('deploy', { release: 'r2' });
  world.look();
  world.passUntil(() => world.state.rollout?.exposed !== false, DAY);
  if (beginning === 'r2 is rolling out') return;
  world.command('promote');
  world.look();
  world.passUntil(() => world.state.rollout?.outAt !== null, DAY);
}

/** Every command that was said has its one answer: I7 counts those given twice, this those not given. */
function commandsAnswered(world: SimulatedWorld): boolean {
  return world.observe().commands.every(({ id }) => world.state.handled.includes(id));
}

function hasOneRoleEach({ environments }: ServiceState): boolean {
  return Object.values(environments).every(({ role, release }) => (role === 'empty') === (release === null));
}
