/** One look at a service: what every line of `decide` gets, and what can be read off it. */
import type { Event, EventBody } from './events.ts';
import type { Actor, Colour, ServiceState } from './model.ts';
import { listenerOf } from './state.ts';
import type { ObservedInstance, World } from './world.ts';

export interface Turn {
  readonly state: ServiceState;
  readonly world: World;
  /** Unix ms. */
  readonly now: number;
}

/** A line of `decide`: facts and decisions that follow from one look, in order. Never throws, never waits. */
export type Line = (turn: Turn) => readonly Event[];

/** The actor of everything that no person did. */
export const CONTROLLER: Actor = 'teal';

/** An event of now. */
export function event(turn: Turn, body: EventBody, actor: Actor = CONTROLLER): Event {
  return { ...body, at: turn.now, actor };
}

/** Instances there that run the release which the journal says is there. */
export function instancesOf({ state, world }: Turn, colour: Colour): readonly ObservedInstance[] {
  const { release } = state.environments[colour];
  const observed = world.environments[colour];
  return release !== null && observed.release === release ? observed.instances : [];
}

/** How many instances the platform finds ready. */
export function readyInstances(turn: Turn, colour: Colour): number {
  return instancesOf(turn, colour).filter(({ state }) => state === 'ready').length;
}

/**
 * Whether an environment can answer at all. Platform and router probe independently, so one late probe of either is
 * no loss: both must find nothing.
 */
export function isServing(turn: Turn, colour: Colour): boolean {
  if (readyInstances(turn, colour) > 0) return true;
  const { routing } = turn.world;
  return routing !== null && instancesOf(turn, colour).length > 0 && routing.healthy[colour] > 0;
}

/** Whether users' requests have a way to the candidate's instances: always for a worker. */
export function routerFinds(turn: Turn, colour: Colour): boolean {
  return listenerOf(turn.state) === null || (turn.world.routing?.healthy[colour] ?? 0) > 0;
}

/** Whether the router obeys the wanted split, as read back from it; a worker has no router to wait for. */
export function splitObeyed({ state, world }: Turn): boolean {
  if (listenerOf(state) === null || state.split === null) return true;
  const observed = world.routing?.split;
  return observed != null && observed.blue === state.split.blue && observed.green === state.split.green;
}

/** Whether no request is left there and no new one can come. Without a router's word only the deadline says so. */
export function isIdle({ state, world }: Turn, colour: Colour): boolean {
  if (listenerOf(state) === null) return true;
  if (world.routing === null) return false;
  return world.routing.inFlight[colour] === 0 && (world.routing.split?.[colour] ?? 0) === 0;
}

/** Whether nothing of another release is left in an environment that is to get this one. */
export function isVacantFor({ world }: Turn, colour: Colour, release: string): boolean {
  const observed = world.environments[colour];
  return observed.instances.length === 0 || observed.release === release;
}

/** Why an instance is not ready, with everything that a person needs to find the cause. */
export function describeInstance(instance: ObservedInstance): string {
  const { id, state, lastProbe, lastExit, restarts, logTail } = instance;
  const exit =
    lastExit?.signal != null
      ? `killed by ${lastExit.signal}`
      : lastExit
        ? `exited with code ${lastExit.code ?? 'unknown'}`
        : null;
  const facts = [
    exit,
    restarts > 0 ? `${restarts} ${restarts === 1 ? 'restart' : 'restarts'}` : null,
    lastProbe ? `last probe: ${lastProbe.detail}` : 'never probed',
  ].filter((fact) => fact !== null);
  const log = logTail.length > 0 ? `\nLast lines of its log:\n${logTail.join('\n')}` : '';
  return `${id} is ${state} (${facts.join('; ')})${log}`;
}
