import type { InstanceProtocol } from '../../../core/service/http-spec.ts';
import type { Endpoint } from '../../../core/world.ts';

/**
 * What the router thinks of an endpoint. `new`: its first probe has not come back; `starting`: never healthy so far.
 */
export type EndpointHealth = 'new' | 'starting' | 'healthy' | 'unhealthy';

/** Two failures in a row make a healthy endpoint unhealthy; one refused connection does so at once. */
const FAILURES = 2;

/** One instance as the router sees it: health and requests in flight. Decides; does no I/O. */
export interface EndpointState {
  readonly key: string;
  readonly address: Endpoint;
  /** What it speaks. */
  readonly protocol: InstanceProtocol;
  readonly health: EndpointHealth;
  inFlight: number;
  /** When it became healthy last, in the time of `performance.now()`. */
  readonly healthySince: number;
  /** Called when it leaves the table: tunnels and event streams are to end. */
  readonly leaving: Set<() => void>;
  /** Called after it has become unhealthy, so that its health check looks again soon. */
  onLost: () => void;
  /** A probe (or a proxied request) told something. `refused`: nothing listens there. */
  report(result: 'ok' | 'failed' | 'refused'): void;
}

/** `onChange` is called, synchronously, after each change of health. */
export function createEndpointState(
  address: Endpoint,
  onChange: () => void,
  protocol: InstanceProtocol = 'http/1.1',
): EndpointState {
  let health: EndpointHealth = 'new';
  let failures = 0;
  let healthySince = 0;
  const become = (next: EndpointHealth) => {
    if (next === health) return;
    health = next;
    if (next === 'healthy') healthySince = performance.now();
    onChange();
  };
  const state: EndpointState = {
    key: endpointKey(address),
    address,
    protocol,
    inFlight: 0,
    leaving: new Set(),
    onLost: () => {},
    get healthySince() {
      return healthySince;
    },
    get health() {
      return health;
    },
    report(result) {
      if (result === 'ok') {
        failures = 0;
        become('healthy');
        return;
      }
      failures += 1;
      if (health === 'new') become('starting');
      else if (health === 'healthy' && (result === 'refused' || failures >= FAILURES)) {
        become('unhealthy');
        state.onLost();
      }
    },
  };
  return state;
}

export const endpointKey = ({ host, port }: Endpoint): string => `${host}\n${port}`;
