import type { EndpointState } from './endpoint.ts';
import type { Attach } from './environment.ts';
import type { HealthReading } from './health-desk.ts';

/** The health of endpoints in a worker, which probes nothing itself but is told. */
export interface ToldHealth {
  take(service: string, readings: readonly HealthReading[]): void;
  /** For the endpoints of a service. */
  watch(service: string): Attach;
}

/** `onLost` is called when requests have found an endpoint of no use before anybody told. */
export function createToldHealth(onLost: (service: string, key: string) => void): ToldHealth {
  const latest = new Map<string, ReadonlyMap<string, HealthReading[1]>>();
  const watched = new Map<string, Set<EndpointState>>();

  const inform = (service: string, endpoint: EndpointState) => {
    const reading = latest.get(service)?.get(endpoint.key);
    if (reading === 'up') endpoint.report('ok');
    // Quietly: whoever told knows already.
    if (reading === 'down') {
      const { onLost } = endpoint;
      endpoint.onLost = () => undefined;
      endpoint.report('refused');
      endpoint.onLost = onLost;
    }
  };

  return {
    take(service, readings) {
      latest.set(service, new Map(readings));
      for (const endpoint of watched.get(service) ?? []) inform(service, endpoint);
    },
    watch(service) {
      const endpoints = watched.get(service) ?? new Set();
      watched.set(service, endpoints);
      return (endpoint) => {
        endpoints.add(endpoint);
        endpoint.onLost = () => onLost(service, endpoint.key);
        inform(service, endpoint);
        return () => {
          endpoints.delete(endpoint);
          endpoint.onLost = () => undefined;
          if (endpoints.size === 0) latest.delete(service);
        };
      };
    },
  };
}
