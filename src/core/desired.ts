/** The whole wanted state, read off the journal's state: level-triggered, so that it can be had at any time. */

import { wantedJobs } from './jobs.ts';
import { ALL, type Colour, other, type Rollout, type ServiceState } from './model.ts';
import type { HttpSpec } from './service/http-spec.ts';
import { candidateWeight, frontRelease, listenerOf, specOf, stableOf } from './state.ts';
import { byInstances, wantedInstances } from './traffic/scale.ts';
import { splitTo } from './traffic/split.ts';
import { maintenanceOf, skewOf } from './traffic/users.ts';
import { isVacantFor, type Turn } from './turn.ts';
import type { Desired, DesiredEnvironment, DesiredRouting, Judging, World } from './world.ts';

/** What should be the case now. Pure; `world` only matters where an environment must be emptied before it is filled. */
export function desiredOf(state: ServiceState, world: World, now: number): Desired {
  const turn: Turn = { state, world, now };
  return {
    environments: { blue: environmentOf(turn, 'blue'), green: environmentOf(turn, 'green') },
    routing: routingOf(state),
    jobs: wantedJobs(state),
    judging: judgingOf(state),
  };
}

function environmentOf(turn: Turn, colour: Colour): DesiredEnvironment | null {
  const { release, role } = turn.state.environments[colour];
  if (release === null || role === 'empty') return null;
  if (role === 'candidate' && !isVacantFor(turn, colour, release)) return null;
  return { release, instances: wantedInstances(turn.state, colour) };
}

function routingOf(state: ServiceState): DesiredRouting | null {
  const listen = listenerOf(state);
  const front = frontRelease(state);
  if (listen === null || front === null) return null;
  const { rollout } = state;
  const stable = stableOf(state)?.environment ?? null;
  const live = stable ?? (rollout ? other(rollout.candidate.environment) : 'green');
  // Who is asked, and how, is the candidate's to say: it is its rollout.
  const { strategy } = specOf(state, rollout?.candidate.release ?? front);
  const instances = rollout !== null && byInstances(state, rollout);
  const weight = candidateWeight(state);
  const partial = rollout !== null && stable !== null && weight > 0 && weight < ALL;
  return {
    live,
    candidate: rollout?.candidate.environment ?? null,
    split: state.split ?? splitTo(live),
    by: instances ? 'instances' : 'clients',
    seed: rollout?.seed ?? 0,
    epoch: rollout ? `${rollout.id}/${rollout.step}` : '',
    identify: strategy.identify,
    always: rollout && !rollout.takeBack ? strategy.always : null,
    listen,
    fallback: partial ? { to: stable, after: specOf(state, rollout.candidate.release).fallback } : null,
    outage: outageOf(state, rollout),
    hold: specOf(state, front).hold,
    skew: skewOf(state, front),
    maintenance: maintenanceOf(state, front),
    http: httpOf(state, front),
  };
}

/** The error page is in the release's own copy. */
function httpOf(state: ServiceState, release: string): HttpSpec | undefined {
  const { http } = specOf(state, release);
  const folder = state.releases[release]?.path;
  if (http === undefined || http.errorPage === null || folder === undefined) return http;
  return { ...http, errorPage: `${folder}/${http.errorPage}` };
}

/** Why nobody is served, in words; null: somebody is. Only a first deployment can leave a service without any. */
function outageOf(state: ServiceState, rollout: Rollout | null): string | null {
  if (stableOf(state) !== null || candidateWeight(state) > 0) return null;
  if (!rollout) return state.last ? `${state.last.release} is not in service: ${state.last.reason}` : null;
  return rollout.takeBack
    ? `${rollout.candidate.release} was taken out of service: ${rollout.takeBack.reason}`
    : `The first release, ${rollout.candidate.release}, is being prepared`;
}

/** Compared with stable while both have traffic; with the past from the moment that the candidate has it all. */
function judgingOf(state: ServiceState): Judging | null {
  const { rollout } = state;
  if (!rollout || rollout.takeBack) return null;
  const judging = { rollout: rollout.id, candidate: rollout.candidate.environment };
  const weight = candidateWeight(state);
  if (rollout.stable && weight > 0 && weight < ALL) return { ...judging, against: 'concurrent' };
  return weight === ALL && rollout.kind === 'deploy' ? { ...judging, against: 'history' } : null;
}
