import { type Colour, other } from '../../../../core/model.ts';
import {
  type ClientsOfMinute,
  type ClientsOfMinuteState,
  createClientsOfMinute,
} from '../firsts/first-requests.ts';
import { type ClientSet, type ClientSetState, createClientSet } from './client-set.ts';

/** What a rollout's arms share. */
export interface RolloutClients {
  /** Clients hurt in this environment. */
  readonly hurt: ClientSet;
  /** Clients that came since the candidate has a share, to either environment. */
  readonly arrived: ClientSet;
  /** Clients of either environment in the running minute. */
  readonly ofMinute: ClientsOfMinute;
}

/** The clients of each service's running rollout. */
export interface RolloutRegister {
  /** Both environments of a rollout know the same clients as arrived, and as those of the minute. */
  of(service: string, environment: Colour, rollout: string): RolloutClients;
  forget(service: string): void;
  /** [service and environment, rollout, its clients], for another process. */
  state(): RolloutRegisterState;
}

export type RolloutRegisterState = readonly (readonly [string, string, RolloutClients])[];

export function createRolloutRegister(from: RolloutRegisterState = []): RolloutRegister {
  const known = new Map(from.map(([key, rollout, clients]) => [key, { rollout, clients }]));
  return {
    of(service, environment, rollout) {
      const key = keyOf(service, environment);
      const own = known.get(key);
      if (own?.rollout === rollout) return own.clients;
      const beside = known.get(keyOf(service, other(environment)));
      const { arrived, ofMinute } =
        beside?.rollout === rollout
          ? beside.clients
          : { arrived: createClientSet(), ofMinute: createClientsOfMinute(performance.timeOrigin) };
      const clients = { hurt: createClientSet(), arrived, ofMinute };
      known.set(key, { rollout, clients });
      return clients;
    },
    forget(service) {
      for (const environment of ['blue', 'green'] as const) known.delete(keyOf(service, environment));
    },
    state: () => [...known].map(([key, { rollout, clients }]) => [key, rollout, clients] as const),
  };
}

const keyOf = (service: string, environment: Colour): string => `${service}\n${environment}`;

/** The clients of a rollout, for another process; which arms share them shows in which states are one object. */
export interface RolloutClientsState {
  readonly hurt: ClientSetState;
  readonly arrived: ClientSetState;
  readonly ofMinute: ClientsOfMinuteState;
}

/** What is shared stays shared: each set is written down once. */
export function createClientsWriter(): (clients: RolloutClients) => RolloutClientsState {
  const clientsOf = once<RolloutClients, RolloutClientsState>(({ hurt, arrived, ofMinute }) => ({
    hurt: hurt.state(),
    arrived: setOf(arrived),
    ofMinute: minuteOf(ofMinute),
  }));
  const setOf = once((set: ClientSet) => set.state());
  const minuteOf = once((minute: ClientsOfMinute) => minute.state());
  return clientsOf;
}

/** The other way: one object becomes one set, however often it is met. */
export function createClientsReader(): (state: RolloutClientsState) => RolloutClients {
  const clientsOf = once<RolloutClientsState, RolloutClients>(({ hurt, arrived, ofMinute }) => ({
    hurt: createClientSet(hurt),
    arrived: setOf(arrived),
    ofMinute: minuteOf(ofMinute),
  }));
  const setOf = once((state: ClientSetState) => createClientSet(state));
  const minuteOf = once((state: ClientsOfMinuteState) =>
    createClientsOfMinute(performance.timeOrigin, state),
  );
  return clientsOf;
}

function once<From extends object, To>(make: (from: From) => To): (from: From) => To {
  const made = new Map<From, To>();
  return (from) => {
    const known = made.get(from);
    if (known !== undefined) return known;
    const fresh = make(from);
    made.set(from, fresh);
    return fresh;
  };
}
