import { expect, test } from 'vitest';
import type { Event, EventBody } from '../../src/core/events.ts';
import { FOLD_VERSION, fold } from '../../src/core/evolve.ts';
import type { Release, Step } from '../../src/core/model.ts';
import type { ServiceSpec } from '../../src/core/service/service-spec.ts';
import { initialState } from '../../src/core/state.ts';

const STEPS: readonly Step[] = [
  { kind: 'prepare', deadline: 75_000 },
  { kind: 'verify', checks: ['e2e'], deadline: 60_000 },
  { kind: 'shift', weight: 10_000, deadline: 60_000 },
  { kind: 'bake', for: 600_000, checks: [] },
];
const first = { release: 'r1', environment: 'blue' } as const;
const second = { release: 'r2', environment: 'green' } as const;
const hook = { run: './tell.sh', within: 60_000, pointOfNoReturn: true };
/** The fold reads nothing else of a spec. */
const spec = {
  hooks: { 'after-promote': hook, 'after-rollback': hook },
} as Partial<ServiceSpec> as ServiceSpec;
const RELEASE: Release = {
  id: '',
  service: 'shop',
  digest: 'd',
  createdAt: 1_000,
  path: '/releases',
  message: null,
  spec,
};

const start = (number: number, rest: Pick<StartEvent, 'stable' | 'candidate'>): StartEvent => ({
  type: 'rollout-started',
  rollout: `shop-${number}`,
  number,
  kind: 'deploy',
  strategy: 'blue-green',
  steps: STEPS,
  seed: 7,
  message: null,
  command: `c${number}`,
  ...rest,
});
type StartEvent = Extract<EventBody, { type: 'rollout-started' }>;

const recorded = (id: string): EventBody => ({ type: 'release-recorded', release: { ...RELEASE, id } });

/** Every kind of event, in an order in which they might come. */
const STORY: readonly EventBody[] = [
  recorded('r0'),
  recorded('r1'),
  recorded('r2'),
  { type: 'release-pruned', release: 'r0' },
  start(1, { stable: null, candidate: first }),
  { type: 'environment-changed', environment: 'blue', role: 'candidate', release: 'r1', until: null },
  { type: 'step-started', step: 0 },
  { type: 'step-done', step: 0, note: '1 instance ready' },
  { type: 'step-skipped', step: 1, reason: 'nothing to check' },
  { type: 'step-started', step: 2 },
  { type: 'split-changed', split: { blue: 10_000, green: 0 }, reason: 'all' },
  { type: 'candidate-exposed' },
  { type: 'step-done', step: 2, note: 'all' },
  { type: 'rollout-out' },
  { type: 'environment-changed', environment: 'blue', role: 'stable', release: 'r1', until: null },
  { type: 'rollout-ended', outcome: 'promoted', reason: 'All steps passed', hurt: 0 },
  { type: 'note', text: 'nothing of it' },
  start(2, { stable: first, candidate: second }),
  { type: 'command-accepted', command: 'c2', verb: 'deploy', note: 'goes out' },
  { type: 'environment-changed', environment: 'green', role: 'candidate', release: 'r2', until: null },
  { type: 'step-started', step: 0 },
  { type: 'step-done', step: 0, note: '1 instance ready' },
  { type: 'step-skipped', step: 1, reason: 'nothing to check' },
  { type: 'step-started', step: 2 },
  { type: 'split-changed', split: { blue: 0, green: 10_000 }, reason: 'all' },
  { type: 'candidate-exposed' },
  { type: 'step-done', step: 2, note: 'all' },
  { type: 'rollout-out' },
  {
    type: 'job-finished',
    result: {
      id: 'shop-2/1/e2e',
      attempt: 1,
      outcome: 'passed',
      startedAt: 1,
      endedAt: 2,
      summary: 'passed',
      evidence: '',
    },
  },
  { type: 'paused', until: 99_000, reason: 'lunch' },
  { type: 'resumed', reason: 'back' },
  { type: 'health-lost', environment: 'blue', detail: 'gone' },
  { type: 'health-lost', environment: 'green', detail: 'gone' },
  { type: 'health-regained', environment: 'blue' },
  { type: 'step-started', step: 3 },
  { type: 'alarm-raised', metric: 'errors', raised: 30, explanation: 'many' },
  { type: 'retreated', reason: 'alarm', count: 1 },
  { type: 'evidence-doubted', explanation: 'astray' },
  { type: 'retreat-ended', reason: 'safe' },
  {
    type: 'verdict-reached',
    verdict: {
      metric: 'errors',
      verdict: 'harm',
      e: { harm: 200, safe: 0.1 },
      ratio: [2, 9],
      candidate: { n: 240, bad: 12 },
      stable: { n: 8_910, bad: 9 },
      leaningSafe: false,
      explanation: 'worse',
    },
  },
  {
    type: 'command-refused',
    command: 'c3',
    verb: 'deploy',
    code: 'E_ROLLOUT_RUNNING',
    reason: 'no',
    fix: 'wait',
  },
  {
    type: 'rollout-queued',
    queued: { command: 'c4', kind: 'deploy', release: 'r2', actor: 'ann', seed: 9, message: null },
  },
  { type: 'rollout-unqueued', command: 'c4', reason: 'dropped' },
  { type: 'take-back-decided', outcome: 'rolled-back', by: 'verdict', reason: 'harm', hurt: 12 },
  { type: 'take-back-acknowledged' },
  { type: 'maintenance-began', message: 'new disks', until: 99, hold: 5 },
  { type: 'maintenance-ended', reason: 'done' },
  { type: 'maintenance-began', message: null, until: null, hold: 0 },
  { type: 'environment-changed', environment: 'green', role: 'draining', release: 'r2', until: 90 },
];

const told = (story: readonly EventBody[]): Event[] =>
  story.map((body, index) => ({ ...body, at: 1_000 * index, actor: 'ann' }));

test('the same events make the same state as ever; if not on purpose: a defect, else raise FOLD_VERSION', async () => {
  const middle = fold(initialState('shop'), told(STORY));
  const end: EventBody = { type: 'rollout-ended', outcome: 'rolled-back', reason: 'harm', hurt: 13 };
  const states = [middle, fold(middle, told([end]))];
  await expect(`${JSON.stringify(states, null, 1)}\n`).toMatchFileSnapshot(
    `../vectors/fold-${FOLD_VERSION}.json`,
  );
});

test('the story has every kind of event', () => {
  const kinds: Record<Event['type'], true> = {
    'alarm-raised': true,
    'candidate-exposed': true,
    'command-accepted': true,
    'command-refused': true,
    'environment-changed': true,
    'evidence-doubted': true,
    'health-lost': true,
    'health-regained': true,
    'job-finished': true,
    'maintenance-began': true,
    'maintenance-ended': true,
    note: true,
    paused: true,
    'release-pruned': true,
    'release-recorded': true,
    resumed: true,
    'retreat-ended': true,
    retreated: true,
    'rollout-ended': true,
    'rollout-out': true,
    'rollout-queued': true,
    'rollout-started': true,
    'rollout-unqueued': true,
    'split-changed': true,
    'step-done': true,
    'step-skipped': true,
    'step-started': true,
    'take-back-acknowledged': true,
    'take-back-decided': true,
    'verdict-reached': true,
  };
  expect(new Set(STORY.map(({ type }) => type))).toEqual(new Set(Object.keys(kinds)));
});
