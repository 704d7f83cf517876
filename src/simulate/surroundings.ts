/** What a simulated service sees around it: a platform and a router that obey at once. */
import { COLOURS, type Colour, type ServiceState } from '../core/model.ts';
import { byInstances } from '../core/traffic/scale.ts';
import type {
  Command,
  Desired,
  Evidence,
  ObservedEnvironment,
  ObservedInstance,
  World,
} from '../core/world.ts';

export interface Surroundings {
  readonly desired: Desired;
  /** Whether the candidate's instances are down. */
  readonly down: Colour | null;
  readonly evidence: Evidence | null;
  readonly commands: readonly Command[];
}

/** Everything wanted is there, except what is down. */
export function worldAround({ desired, down, evidence, commands }: Surroundings): World {
  const [blue, green] = COLOURS.map((colour) => environment(desired, colour, colour === down));
  const ready = ({ instances }: ObservedEnvironment) =>
    instances.filter(({ state }) => state === 'ready').length;
  return {
    environments: { blue: blue!, green: green! },
    routing: desired.routing && {
      split: desired.routing.split,
      revision: '',
      inFlight: { blue: 0, green: 0 },
      healthy: { blue: ready(blue!), green: ready(green!) },
      previews: { blue: null, green: null },
      url: null,
      problem: null,
      fellBackAt: null,
    },
    jobs: [],
    evidence,
    commands,
  };
}

/** Candidate's share of the clients, 0-1: the weight, or, by instances, its share of them. */
export function candidateShare({ rollout, ...state }: ServiceState, desired: Desired): number {
  const split = desired.routing?.split;
  if (!rollout || !split) return 0;
  const { environment } = rollout.candidate;
  const weight = split[environment] / 10_000;
  if (weight === 0 || weight === 1 || !byInstances({ rollout, ...state }, rollout)) return weight;
  const instances = (colour: Colour) => desired.environments[colour]?.instances ?? 0;
  return instances(environment) / (instances('blue') + instances('green'));
}

function environment(desired: Desired, colour: Colour, down: boolean): ObservedEnvironment {
  const wanted = desired.environments[colour];
  const instances = Array.from({ length: wanted?.instances ?? 0 }, (_, n) =>
    instance(`${colour}-${n}`, down),
  );
  return { colour, release: wanted?.release ?? null, instances, problem: null };
}

const instance = (id: string, down: boolean): ObservedInstance => ({
  id,
  endpoint: null,
  state: down ? 'backing-off' : 'ready',
  pid: null,
  startedAt: null,
  restarts: 0,
  lastProbe: null,
  lastExit: null,
  logTail: [],
});
