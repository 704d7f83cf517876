import { type Colour, other } from '../../../core/model.ts';
import { type ClientSet, createClientSet } from './client-set.ts';
import { type ClientsOfMinute, createClientsOfMinute } from './first-requests.ts';

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
}

export function createRolloutRegister(): RolloutRegister {
  const known = new Map<string, { readonly rollout: string; readonly clients: RolloutClients }>();
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
  };
}

const keyOf = (service: string, environment: Colour): string => `${service}\n${environment}`;
