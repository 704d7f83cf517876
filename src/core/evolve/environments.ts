import type { Event } from '../events.ts';
import type { Colour, EnvironmentState, ServiceState } from '../model.ts';

type Changed = Extract<Event, { type: 'environment-changed' }>;

/** A new role; health is forgotten with the release, and of what is not meant to serve any more. */
export function environmentChanged(state: ServiceState, event: Changed): ServiceState {
  const before = state.environments[event.environment];
  const serves = event.role === 'candidate' || event.role === 'stable';
  const unhealthySince = serves && before.release === event.release ? before.unhealthySince : null;
  return withEnvironment(state, event.environment, {
    release: event.release,
    role: event.role,
    until: event.until,
    unhealthySince,
  });
}

/** No instance is ready any more. */
export function healthLost(state: ServiceState, colour: Colour, at: number): ServiceState {
  return withEnvironment(state, colour, { ...state.environments[colour], unhealthySince: at });
}

/** An instance is ready again. */
export function healthRegained(state: ServiceState, colour: Colour): ServiceState {
  return withEnvironment(state, colour, { ...state.environments[colour], unhealthySince: null });
}

function withEnvironment(state: ServiceState, colour: Colour, environment: EnvironmentState): ServiceState {
  return { ...state, environments: { ...state.environments, [colour]: environment } };
}
