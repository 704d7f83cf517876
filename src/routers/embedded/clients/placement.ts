import type { Colour } from '../../../core/model.ts';
import type { Routing } from '../../../core/world.ts';
import type { Environment, Lease } from '../endpoints/environment.ts';
import { leastLoadedOfTwo } from '../endpoints/least-loaded.ts';
import { assign, sharedByInstances } from './assignment.ts';

/**
 * Where a request belongs and why. Only `assigned` clients are evidence; `always` are allow-listed ones, `kept` have a
 * page of before the last change of the split, `preview` are people and checks that asked for an environment by name.
 */
export type Placement =
  | { readonly kind: 'assigned'; readonly colour: Colour; readonly identity: string }
  | { readonly kind: 'always'; readonly colour: Colour }
  | { readonly kind: 'kept'; readonly colour: Colour }
  | { readonly kind: 'preview'; readonly colour: Colour };

/** The environment that an assigned or allow-listed client belongs to now. A preview is decided before. */
export function place(routing: Routing, identity: string, allowListed: boolean): Placement {
  const { candidate } = routing;
  if (allowListed && candidate !== null && routing.split[candidate] > 0) {
    return { kind: 'always', colour: candidate };
  }
  return { kind: 'assigned', colour: assign(routing, identity), identity };
}

/** What a request gets right now. */
export type Choice =
  | {
      readonly kind: 'target';
      readonly lease: Lease;
      /** The environment whose client this is: differs from the lease's where the client had to be taken in. */
      readonly belongsTo: Colour;
    }
  /** No instance is ready; worth waiting for one. */
  | { readonly kind: 'none'; readonly belongsTo: Colour }
  /** Every ready instance is as busy as it may be; worth waiting for room. */
  | { readonly kind: 'crowded'; readonly belongsTo: Colour }
  | { readonly kind: 'outage'; readonly reason: string };

/**
 * Chooses an instance and counts the request in flight on it, in one synchronous step: every request is either
 * counted in the old environment before a switch, or sees the new table.
 *
 * A client whose environment has no ready instance is taken in by the other one, but only if that one has a share of
 * the traffic anyway: a candidate that no user may see yet is no refuge, and neither is an old environment that is
 * merely warm. Nobody is taken in because an environment is crowded: the crowd would follow.
 *
 * `most`: requests at the same time on one instance. `slowStart`: ms in which a new one gets its whole share.
 */
export function choose(
  routing: Routing,
  environments: Readonly<Record<Colour, Environment>>,
  placement: Placement,
  most: number,
  slowStart: number,
): Choice {
  const own = environments[placement.colour];
  if (placement.kind === 'preview') return take(own, placement.colour, Number.POSITIVE_INFINITY, 0);
  if (routing.outage !== null) return { kind: 'outage', reason: routing.outage };
  const refuge = environments[own.colour === 'blue' ? 'green' : 'blue'];
  if (placement.kind === 'assigned' && sharedByInstances(routing)) {
    // Each instance is to have the same share here: it is what the rollout is judged by.
    return takeOfBoth(own, refuge, most);
  }
  if (own.healthy.length === 0 && !own.settling && mayTakeIn(routing, refuge.colour)) {
    return take(refuge, own.colour, most, slowStart);
  }
  return take(own, own.colour, most, slowStart);
}

/** Stable takes in the candidate's clients always, the candidate stable's only while it serves users anyway. */
function mayTakeIn(routing: Routing, refuge: Colour): boolean {
  if (routing.candidate === null) return false;
  return refuge === routing.candidate ? routing.split[refuge] > 0 : true;
}

type Taken = Exclude<Choice, { readonly kind: 'outage' }>;

function take(from: Environment, belongsTo: Colour, most: number, slowStart: number): Taken {
  const endpoint = leastLoadedOfTwo(from.healthy, most, slowStart);
  if (endpoint === null) return { kind: from.healthy.length === 0 ? 'none' : 'crowded', belongsTo };
  return { kind: 'target', lease: from.lease(endpoint), belongsTo };
}

/** Whoever is served belongs to the environment that serves. */
function takeOfBoth(own: Environment, other: Environment, most: number): Taken {
  const healthy = [...own.healthy, ...other.healthy];
  const endpoint = leastLoadedOfTwo(healthy, most);
  if (endpoint === null) return { kind: healthy.length === 0 ? 'none' : 'crowded', belongsTo: own.colour };
  const environment = own.healthy.includes(endpoint) ? own : other;
  return { kind: 'target', lease: environment.lease(endpoint), belongsTo: environment.colour };
}
