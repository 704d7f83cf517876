/** The state of one service before anything happened, and what everybody asks of it. */
import { TealError } from './error.ts';
import {
  COLOURS,
  type Colour,
  type EnvironmentState,
  other,
  type Rollout,
  type ServiceState,
} from './model.ts';
import type { ListenSpec, ServiceSpec } from './service/service-spec.ts';

/** What a person is told about a service in one word; see `status`. */
export type Phase = 'idle' | 'rolling' | 'waiting' | 'paused' | 'rolling-back' | 'failed';

/** A release in its environment. */
export interface Placement {
  readonly release: string;
  readonly environment: Colour;
}

const EMPTY: EnvironmentState = { release: null, role: 'empty', until: null, unhealthySince: null };

/** Nothing recorded, nothing running. */
export function initialState(service: string): ServiceState {
  return {
    service,
    version: 0,
    releases: {},
    environments: { blue: EMPTY, green: EMPTY },
    split: null,
    rollout: null,
    last: null,
    queued: null,
    afterwards: [],
    handled: [],
    rollouts: 0,
    maintenance: null,
  };
}

/** The stable release and where it runs; null before the first promotion. */
export function stableOf(state: ServiceState): Placement | null {
  for (const environment of COLOURS) {
    const { role, release } = state.environments[environment];
    if (role === 'stable' && release !== null) return { release, environment };
  }
  return null;
}

/** The environment that users are on unless a rollout says otherwise; null before the first promotion. */
export function liveColour(state: ServiceState): Colour | null {
  return stableOf(state)?.environment ?? null;
}

/** The environment that the next candidate goes to. */
export function idleColour(state: ServiceState): Colour {
  const live = liveColour(state);
  return live === null ? 'blue' : other(live);
}

/** The latest promoted release, never rolled back, that is not stable now: where `teal rollback` goes. */
export function lastGoodRelease(state: ServiceState): string | null {
  const stable = stableOf(state)?.release;
  let best: { id: string; promotedAt: number } | null = null;
  for (const { id, standing, promotedAt } of Object.values(state.releases)) {
    if (standing !== 'good' || promotedAt === null || id === stable) continue;
    if (best === null || promotedAt > best.promotedAt) best = { id, promotedAt };
  }
  return best?.id ?? null;
}

/** The spec that a recorded release carries. Throws E_INTERNAL for an unknown one: a defect, never a user's mistake. */
export function specOf(state: ServiceState, release: string): ServiceSpec {
  const record = state.releases[release];
  if (!record) throw new TealError('E_INTERNAL', `Release ${release} of ${state.service} is not recorded`);
  return record.spec;
}

/** The candidate's share in the wanted split, basis points; 0 where there is no rollout. */
export function candidateWeight(state: ServiceState): number {
  const { rollout, split } = state;
  return rollout === null || split === null ? 0 : split[rollout.candidate.environment];
}

/** Whether a rollout has ever asked the router for a share for its candidate. */
export function everShifted(rollout: Rollout): boolean {
  return rollout.steps.some((step) => step.kind === 'shift' && step.startedAt !== null);
}

/**
 * Whose configuration decides how users reach the service: stable's until the candidate has all traffic. Where nothing is
 * stable and nothing runs, the release that failed last, so that the service can answer why it is not there.
 */
export function frontRelease(state: ServiceState): string | null {
  const { rollout } = state;
  const stable = stableOf(state)?.release ?? null;
  if (rollout === null) return stable ?? knownRelease(state, state.last?.release);
  return stable === null || candidateWeight(state) === 10_000 ? rollout.candidate.release : stable;
}

/** Where users reach the service; null for a worker that takes no HTTP traffic. */
export function listenerOf(state: ServiceState): ListenSpec | null {
  const front = frontRelease(state);
  if (front === null) return null;
  const own = specOf(state, front).listen;
  // A service that gets its first listener by this rollout is routed from the rollout's start.
  return own ?? (state.rollout ? specOf(state, state.rollout.candidate.release).listen : null);
}

function knownRelease(state: ServiceState, release: string | undefined): string | null {
  return release !== undefined && state.releases[release] ? release : null;
}
