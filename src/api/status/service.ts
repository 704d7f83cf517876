import { COLOURS, type Colour, type EndedRollout, type ServiceState } from '../../core/model.ts';
import { stableOf } from '../../core/state.ts';
import type { Turn } from '../../core/turn.ts';
import { phaseOf } from '../../core/waiting/waits.ts';
import type { ObservedEnvironment } from '../../core/world.ts';
import type { ServiceView } from '../../daemon/service-view.ts';
import { type RecentTraffic, recentTraffic } from '../../metrics/recent.ts';
import { LATENESS } from '../../metrics/traffic.ts';
import type { EndedStatus, EnvironmentStatus, ServiceStatus } from '../schema.ts';
import { rolloutStatus } from './rollout.ts';
import { rfc3339, rfc3339OrNull } from './time.ts';

const WINDOW = 10_000;
const UNSEEN = (colour: Colour): ObservedEnvironment => ({
  colour,
  release: null,
  instances: [],
  problem: null,
});

/** A service as `teal status --json` shows it. */
export function serviceStatus(view: ServiceView, now: number): ServiceStatus {
  const { state, routing } = view;
  const turn = turnOf(view, now);
  const traffic = recentTraffic(view.recent, windowBefore(now), {
    blue: state.environments.blue.release,
    green: state.environments.green.release,
  });
  const { rollout, last } = state;
  const [blue, green] = COLOURS.map((colour) => environmentStatus(view, turn, colour, traffic[colour]));
  return {
    service: state.service,
    phase: phaseOf(state, now, turn.world),
    strategy: rollout?.strategy ?? strategyOf(state),
    listen: routing?.url ?? null,
    stable: stableOf(state),
    candidate: rollout?.candidate ?? null,
    split: routing?.split ?? null,
    environments: { blue: blue!, green: green! },
    rollout: rollout === null ? null : rolloutStatus(view, rollout, turn),
    maintenance: maintenanceStatus(state),
    last: last === null ? null : endedStatus(last, view.hurtByLast),
    problems: [
      ...view.problems,
      ...COLOURS.flatMap((colour) => {
        const problem = view.environments?.[colour].problem ?? null;
        return problem === null ? [] : [`${colour}: ${problem}`];
      }),
    ],
    releases: Object.values(state.releases)
      .sort((a, b) => b.createdAt - a.createdAt)
      .map(({ id, createdAt, standing, message }) => ({
        id,
        createdAt: rfc3339(createdAt),
        standing,
        message,
      })),
  };
}

/** What the core's own questions are asked with. */
export function turnOf({ state, environments, routing, evidence }: ServiceView, now: number): Turn {
  const seen = environments ?? { blue: UNSEEN('blue'), green: UNSEEN('green') };
  return { state, now, world: { environments: seen, routing, evidence, jobs: [], commands: [] } };
}

function environmentStatus(
  { state, routing }: ServiceView,
  { world }: Turn,
  colour: Colour,
  traffic: RecentTraffic | null,
): EnvironmentStatus {
  const { release, role, until } = state.environments[colour];
  const { instances, problem } = world.environments[colour];
  return {
    release,
    state: role,
    until: rfc3339OrNull(until),
    instances: instances.map((one) => ({
      id: one.id,
      endpoint: one.endpoint === null ? null : `${one.endpoint.host}:${one.endpoint.port}`,
      state: one.state,
      pid: one.pid,
      restarts: one.restarts,
      lastProbe: one.lastProbe === null ? null : { ...one.lastProbe, at: rfc3339(one.lastProbe.at) },
    })),
    inFlight: routing?.inFlight[colour] ?? 0,
    problem,
    traffic,
  };
}

function maintenanceStatus({ maintenance }: ServiceState): ServiceStatus['maintenance'] {
  if (maintenance === null) return null;
  const { since, until, by, message, hold } = maintenance;
  return { since: rfc3339(since), until: rfc3339OrNull(until), by, message, hold };
}

/** Telemetry goes on after the end, so more hurt clients may be known by now than when it was journalled. */
function endedStatus(last: EndedRollout, hurtByNow: number | null): EndedStatus {
  const { startedAt, endedAt, hurt, ...rest } = last;
  return {
    ...rest,
    startedAt: rfc3339(startedAt),
    endedAt: rfc3339(endedAt),
    hurt: Math.max(hurt, hurtByNow ?? 0),
  };
}

function strategyOf(state: ServiceState): 'blue-green' | 'canary' {
  const release = stableOf(state)?.release ?? state.last?.release;
  const record = release === undefined ? Object.values(state.releases).at(-1) : state.releases[release];
  return record?.spec.strategy.kind ?? 'blue-green';
}

function windowBefore(now: number): { readonly from: number; readonly to: number } {
  const to = Math.floor((now - LATENESS) / 1_000) * 1_000;
  return { from: to - WINDOW, to };
}
