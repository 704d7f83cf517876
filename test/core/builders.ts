import type { Release } from '../../src/core/model.ts';
import type { CheckSpec } from '../../src/core/service/check-spec.ts';
import type {
  BlueGreenStrategy,
  CanaryStepSpec,
  CanaryStrategy,
  ServiceSpec,
} from '../../src/core/service/service-spec.ts';

export const MINUTE = 60_000;

/** A canary of two partial steps without gates, two instances, no checks, no hooks. */
export function specWith(change: Partial<ServiceSpec> = {}): ServiceSpec {
  return {
    service: 'shop',
    run: 'node server.js',
    source: '/srv/shop',
    build: null,
    env: {},
    instances: 2,
    ready: { kind: 'http', method: 'GET', path: '/healthz', every: 1000, timeout: 2000, within: 60_000 },
    stop: { signal: 'SIGTERM', within: 30_000 },
    listen: { port: 8080, address: '::', host: null, path: '/' },
    platform: 'process',
    router: 'embedded',
    strategy: canary([1000, 5000]),
    judge: { errors: { tolerate: 1.25, floor: 0.001 }, alphaHarm: 0.01, alphaSafe: 0.05, budget: 10 },
    checks: [],
    hooks: {},
    dwell: 30_000,
    bake: 10 * MINUTE,
    onAlarm: 'rollback',
    keep: 10 * MINUTE,
    user: null,
    metrics: [],
    freeze: [],
    keepReleases: 5,
    hold: 2000,
    drain: 20_000,
    fallback: 60_000,
    skew: null,
    ...change,
  };
}

/** Weights in basis points, or whole steps. */
export function canary(
  steps: readonly (number | CanaryStepSpec)[],
  by: 'clients' | 'instances' = 'clients',
  pace: CanaryStrategy['pace'] = 'fixed',
): CanaryStrategy {
  return {
    kind: 'canary',
    by,
    steps: steps.map((step) =>
      typeof step === 'number' ? { weight: step, for: null, approve: null } : step,
    ),
    pace,
    identify: { kind: 'auto' },
    always: null,
  };
}

export function blueGreen(approve: BlueGreenStrategy['approve'] = null): BlueGreenStrategy {
  return { kind: 'blue-green', approve, identify: { kind: 'auto' }, always: null };
}

export function check(name: string, change: Partial<CheckSpec> = {}): CheckSpec {
  const run = { kind: 'run', command: `./${name}.sh` } as const;
  return { name, when: ['verify'], after: [], within: 30_000, retries: 0, ...run, ...change } as CheckSpec;
}

export function releaseOf(id: string, spec: ServiceSpec): Release {
  return {
    id,
    service: spec.service,
    digest: `digest-${id}`,
    createdAt: 0,
    path: `/releases/${id}`,
    message: null,
    spec,
  };
}
