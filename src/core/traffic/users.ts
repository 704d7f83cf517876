/** What is decided of users besides their share: who answers for whom, and whether anybody is let in. */
import { COLOURS, type Colour, type ServiceState } from '../model.ts';
import { candidateWeight, specOf } from '../state.ts';
import type { DesiredMaintenance, DesiredSkew } from '../world.ts';

/** How clients are served whose page is of another release; `front`: the release that decides how users are reached. */
export function skewOf(state: ServiceState, front: string): DesiredSkew | null {
  // Releases recorded before there was this setting have none.
  const skew = specOf(state, front).skew ?? null;
  return skew === null ? null : { ...skew, standIns: COLOURS.filter((colour) => mayStandIn(state, colour)) };
}

/** Users are kept out; allow-listed ones as `front` names them are not. */
export function maintenanceOf(state: ServiceState, front: string): DesiredMaintenance | null {
  if (state.maintenance === null) return null;
  const { message, until, hold } = state.maintenance;
  return { message, until, hold, allow: specOf(state, front).strategy.always };
}

/**
 * Whether clients of the other environment may be answered from here. A release that is left because it is bad, or that no
 * user may see yet, answers nobody: safety goes before a page that lacks a part.
 */
function mayStandIn(state: ServiceState, colour: Colour): boolean {
  const { release, role } = state.environments[colour];
  if (release === null || state.releases[release]?.standing === 'bad') return false;
  const { rollout } = state;
  if (role === 'candidate')
    return rollout !== null && rollout.takeBack === null && candidateWeight(state) > 0;
  if (role === 'stable') return rollout?.kind !== 'rollback' || rollout.takeBack !== null;
  return role === 'warm';
}
