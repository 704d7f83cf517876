import type { Event } from '../events.ts';
import type { ServiceState } from '../model.ts';

/** Users are kept out from now on; one that was under way is replaced. */
export function maintenanceBegan(
  state: ServiceState,
  event: Extract<Event, { type: 'maintenance-began' }>,
): ServiceState {
  const { message, until, hold, at, actor } = event;
  return {
    ...state,
    maintenance: { since: state.maintenance?.since ?? at, until, by: actor, message, hold },
  };
}
