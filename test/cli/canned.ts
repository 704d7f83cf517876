import type { EnvironmentStatus, RolloutStatus, ServiceStatus, StepStatus } from '../../src/api/schema.ts';

/** 2026-01-31 12:00:00 UTC. */
export const NOON = Date.UTC(2026, 0, 31, 12);
const at = (seconds: number) => new Date(NOON + seconds * 1000).toISOString();

const environment = (
  release: string,
  state: EnvironmentStatus['state'],
  port: number,
): EnvironmentStatus => ({
  release,
  state,
  until: null,
  instances: [
    {
      id: `shop-${port}`,
      endpoint: `127.0.0.1:${port}`,
      state: 'ready',
      pid: port,
      restarts: 0,
      lastProbe: { at: at(-1), ok: true, detail: '200' },
    },
  ],
  inFlight: 3,
  problem: null,
  traffic: { requestsPerSecond: 190.4, errorRate: 0.0012, p50: 1.24, p95: 5, p99: 23 },
});

const step = (
  kind: StepStatus['kind'],
  label: string,
  state: StepStatus['state'],
  from?: number,
  to?: number,
) => ({
  kind,
  label,
  state,
  startedAt: from === undefined ? null : at(from),
  endedAt: to === undefined ? null : at(to),
});

export const canaryRollout: RolloutStatus = {
  id: 'shop-7',
  kind: 'deploy',
  step: 4,
  steps: [
    step('hook', 'before-prepare', 'skipped'),
    step('prepare', 'start the candidate', 'done', -95, -90.8),
    step('verify', 'http, load', 'done', -90, -60),
    step('shift', '5 % of clients', 'done', -20, -19.9),
    step('observe', 'at 5 %', 'running', -19),
    step('shift', '25 % of clients', 'pending'),
    step('observe', 'at 25 %', 'pending'),
    step('shift', '100 % of clients', 'pending'),
    step('bake', '10 min at full traffic', 'pending'),
  ],
  startedAt: at(-100),
  startedBy: 'ada@laptop',
  message: 'new cart',
  waitingFor: 'the end of the dwell at 5 %',
  until: at(11),
  reason: null,
  outAt: null,
  takingBack: false,
  paused: false,
  jobs: [],
  verdicts: [
    {
      metric: 'errors',
      verdict: 'undecided',
      e: { harm: 4.6, safe: 0.9 },
      needed: { harm: 100, safe: 100 },
      ratio: [0.6, 21],
      candidate: { n: 240, bad: 3 },
      stable: { n: 8910, bad: 9 },
      explanation:
        '3 of 240 clients of the candidate got errors, 9 of 8,910 of the stable release: 12 times the rate.',
    },
  ],
  pace: {
    upper: 0.031,
    clientsPerSecond: 190,
    budget: 10,
    allowed: 1131,
    next: 2500,
    explanation:
      'it hurts at most 3.1 % more of its clients than stable; up to 190 clients come a second, of whom the budget of 10 clients allows it 11.31 %',
  },
  bake: null,
  hurt: 3,
};

/** In the middle of a canary. */
export const rolling: ServiceStatus = {
  service: 'shop',
  phase: 'rolling',
  strategy: 'canary',
  listen: 'http://127.0.0.1:8080',
  stable: { release: '20260130-090000-abc1234', environment: 'blue' },
  candidate: { release: '20260131-115800-def5678', environment: 'green' },
  split: { blue: 9500, green: 500 },
  environments: {
    blue: environment('20260130-090000-abc1234', 'stable', 20001),
    green: environment('20260131-115800-def5678', 'candidate', 20002),
  },
  rollout: canaryRollout,
  maintenance: null,
  last: null,
  problems: [],
  releases: [],
};

/** After a candidate was taken back. */
export const takenBack: ServiceStatus = {
  ...rolling,
  phase: 'idle',
  candidate: null,
  split: { blue: 10_000, green: 0 },
  environments: {
    ...rolling.environments,
    green: { ...rolling.environments.green, release: null, state: 'empty', instances: [], traffic: null },
  },
  rollout: null,
  last: {
    id: 'shop-7',
    kind: 'deploy',
    release: '20260131-115800-def5678',
    outcome: 'rolled-back',
    reason:
      '12 of 240 clients of the candidate got errors, 9 of 8,910 of the stable release: 49 times the rate.',
    startedAt: at(-100),
    endedAt: at(-2),
    hurt: 12,
  },
  problems: ['The port 8080 is taken by another process'],
};
