/** The heart: what follows from what is known and what was just seen. */
import { alarm } from './decide/alarm.ts';
import { commands, takeBackCommands } from './decide/commands.ts';
import { deadlines } from './decide/deadlines.ts';
import { doubt } from './decide/doubt.ts';
import { environments } from './decide/environments.ts';
import { harm } from './decide/harm.ts';
import { health } from './decide/health.ts';
import { jobs } from './decide/jobs.ts';
import { maintenance } from './decide/maintenance.ts';
import { progress } from './decide/progress.ts';
import { desiredOf } from './desired.ts';
import { TealError } from './error.ts';
import type { Event } from './events.ts';
import { fold } from './evolve.ts';
import type { ServiceState } from './model.ts';
import type { Line, Turn } from './turn.ts';
import { wakeAt } from './waiting/waits.ts';
import type { Desired, World } from './world.ts';

export { desiredOf } from './desired.ts';

export interface Decision {
  /** To be journalled before anything else is done, except moves towards stable. */
  readonly events: readonly Event[];
  /** The whole wanted state after the events. */
  readonly desired: Desired;
  /** Look again then at the latest, Unix ms; sooner when something changes. */
  readonly wakeAt: number;
}

/**
 * The order of all decisions. Each line sees what those before it decided. A line that finds nothing to do returns
 * nothing; there is no other way past a line.
 */
const LINES: readonly Line[] = [
  // 1. people: first who wants it back, then everybody else
  takeBackCommands,
  commands,
  // 2. harm, by comparison and, at full traffic, against history; and whether the comparison can be trusted
  harm,
  alarm,
  doubt,
  // 3. results and deadlines
  jobs,
  deadlines,
  maintenance,
  // 4. loss of health
  health,
  // 5. and 6. progress, where nothing holds it (`waiting/hold.ts`), and environments that are no longer needed
  progress,
  environments,
];

/** More passes than any plan has steps; only a defect gets there. */
const PASSES = 1000;

/**
 * Decides. Repeats the lines until none has anything to add, so that several steps may be passed in one call and the
 * same world gives no event a second time. Pure: time comes in as `now` (Unix ms).
 */
export function decide(state: ServiceState, world: World, now: number): Decision {
  const events: Event[] = [];
  let turn: Turn = { state, world, now };
  for (let pass = 0; pass < PASSES; pass++) {
    const before = events.length;
    for (const line of LINES) {
      const more = line(turn);
      if (more.length === 0) continue;
      events.push(...more);
      turn = { ...turn, state: fold(turn.state, more) };
    }
    if (events.length === before) {
      return { events, desired: desiredOf(turn.state, world, now), wakeAt: wakeAt(turn) };
    }
  }
  throw new TealError('E_INTERNAL', `The decision about ${state.service} does not come to rest`, {
    why: `Last event: ${JSON.stringify(events.at(-1))}`,
  });
}
