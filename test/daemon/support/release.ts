import type { Release } from '../../../src/core/model.ts';
import type { ServiceSpec } from '../../../src/core/service/service-spec.ts';

/** A canary of 10 % and 100 % whose steps wait for nothing but a gate after the first. */
export const SPEC: ServiceSpec = {
  service: 'shop',
  run: 'node server.js',
  source: '/nowhere',
  build: null,
  env: {},
  instances: 1,
  ready: { kind: 'http', method: 'GET', path: '/', every: 1_000, timeout: 1_000, within: 10_000 },
  stop: { signal: 'SIGTERM', within: 1_000 },
  listen: { port: 8080, address: '127.0.0.1', host: null, path: '/' },
  platform: 'process',
  router: 'embedded',
  strategy: {
    kind: 'canary',
    by: 'clients',
    steps: [
      { weight: 1_000, for: 0, approve: { within: 600_000, otherwise: 'abort' } },
      { weight: 10_000, for: 0, approve: null },
    ],
    pace: 'fixed',
    identify: { kind: 'auto' },
    always: null,
  },
  judge: { errors: { tolerate: 1.25, floor: 0.001 }, alphaHarm: 0.01, alphaSafe: 0.01, budget: 10 },
  checks: [],
  hooks: {},
  dwell: 0,
  bake: 0,
  onAlarm: 'retreat',
  keep: 3_600_000,
  user: null,
  metrics: [],
  freeze: [],
  keepReleases: 5,
  hold: 1_000,
  drain: 1_000,
  fallback: 60_000,
  skew: null,
};

let made = 0;

/** A release that exists in the journal alone. */
export function release(spec: Partial<ServiceSpec> = {}): Release {
  made += 1;
  const whole = { ...SPEC, ...spec };
  return {
    id: `20260101-0000${String(made).padStart(2, '0')}-abcdef0`,
    service: whole.service,
    digest: String(made),
    createdAt: made,
    path: '/nowhere',
    message: null,
    spec: whole,
  };
}
