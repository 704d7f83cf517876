import type { Event } from '../events.ts';
import { event, type Turn } from '../turn.ts';

/** Maintenance that was given a time ends with it. */
export function maintenance(turn: Turn): readonly Event[] {
  const { until } = turn.state.maintenance ?? { until: null };
  if (until === null || turn.now < until) return [];
  return [event(turn, { type: 'maintenance-ended', reason: 'Its time was over' })];
}
