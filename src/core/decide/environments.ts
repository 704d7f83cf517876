import type { Event } from '../events.ts';
import { COLOURS, type Colour } from '../model.ts';
import { specOf } from '../state.ts';
import { event, isIdle, type Turn } from '../turn.ts';

/** What is kept warm is drained when its time is up; what is drained is stopped, when it is idle or its time is up. */
export function environments(turn: Turn): readonly Event[] {
  return COLOURS.flatMap((colour) => next(turn, colour));
}

function next(turn: Turn, environment: Colour): readonly Event[] {
  const { role, release, until } = turn.state.environments[environment];
  const over = until !== null && turn.now >= until;
  if (role === 'warm' && over && release !== null) {
    const end = turn.now + specOf(turn.state, release).drain;
    const draining = { environment, release, role: 'draining', until: end } as const;
    return [event(turn, { type: 'environment-changed', ...draining })];
  }
  if (role === 'draining' && (over || isIdle(turn, environment))) {
    const empty = { environment, release: null, role: 'empty', until: null } as const;
    return [event(turn, { type: 'environment-changed', ...empty })];
  }
  return [];
}
