/** A simulated service before its rollout: one stable release, and a candidate that is recorded. */
import type { Event } from '../core/events.ts';
import { fold } from '../core/evolve.ts';
import type { Release, ServiceState } from '../core/model.ts';
import { JUDGE_DEFAULTS, type ServiceSpec } from '../core/service/service-spec.ts';
import { initialState } from '../core/state.ts';
import { splitTo } from '../core/traffic/split.ts';
import { metricCount } from '../evidence/questions.ts';

/** When every simulated rollout begins, Unix ms: any time would do. */
export const BEGIN = 1_800_000_000_000;

export const STABLE = 'stable';
export const CANDIDATE = 'candidate';

/**
 * The spec as far as it can be simulated. Gates open, checks and hooks pass at once, no freeze window is near, and commands'
 * metrics, of which nothing is known, say nothing, nor does latency where it is not; the others keep their share of the error probability.
 */
export function simulable(spec: ServiceSpec, isLatencyKnown: boolean): ServiceSpec {
  const { strategy, judge } = spec;
  const latency = isLatencyKnown ? (judge.latency ?? null) : null;
  const said = { ...spec, judge: { ...judge, latency }, metrics: [] };
  const { alphaBake = JUDGE_DEFAULTS.alphaBake } = judge;
  const part = (alpha: number) => (alpha * metricCount(said)) / metricCount(spec);
  return {
    ...said,
    strategy:
      strategy.kind === 'blue-green'
        ? { ...strategy, approve: null }
        : { ...strategy, steps: strategy.steps.map((step) => ({ ...step, approve: null })) },
    judge: { ...judge, latency, alphaHarm: part(judge.alphaHarm), alphaBake: part(alphaBake) },
    checks: [],
    hooks: {},
    freeze: [],
  };
}

/** The state of a service of this spec, with the candidate ready to be rolled out. */
export function serviceBefore(spec: ServiceSpec): ServiceState {
  const by = { at: BEGIN, actor: 'simulation' } as const;
  const events: readonly Event[] = [
    { type: 'release-recorded', release: release(STABLE, spec), ...by },
    { type: 'environment-changed', environment: 'blue', release: STABLE, role: 'stable', until: null, ...by },
    { type: 'split-changed', split: splitTo('blue'), reason: 'before the simulation', ...by },
    { type: 'release-recorded', release: release(CANDIDATE, spec), ...by },
  ];
  return fold(initialState(spec.service), events);
}

function release(id: string, spec: ServiceSpec): Release {
  const { service } = spec;
  return { id, service, digest: id, createdAt: BEGIN, path: '/', message: null, spec };
}
