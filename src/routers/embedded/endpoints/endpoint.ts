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

/** No getters: an object literal with some is a dictionary to V8, and this one is looked at several times a request. */
interface OwnState extends EndpointState {
  health: EndpointHealth;
  healthySince: number;
}

/** `onChange` is called, synchronously, after each change of health. */
export function createEndpointState(
  address: Endpoint,
  onChange: () => void,
  protocol: InstanceProtocol = 'http/1.1',
): EndpointState {
  let failures = 0;
  const become = (next: EndpointHealth) => {
    if (next === state.health) return;
    state.health = next;
    if (next === 'healthy') state.healthySince = performance.now();
    onChange();
  };
  const state: OwnState = {
    health: 'new',
    healthySince: 0,
    key: endpointKey(address),
    address,
    protocol,
    inFlight: 0,
    leaving: new Set(),
    onLost: () => {},
    report(result) {
      if (result === 'ok') {
        failures = 0;
        become('healthy');
        return;
      }
      failures += 1;
      if (state.health === 'new') become('starting');
      else if (state.health === 'healthy' && (result === 'refused' || failures >= FAILURES)) {
        become('unhealthy');
        state.onLost();
      }
    },
  };
  return state;
}

export const endpointKey = ({ host, port }: Endpoint): string => `${host}\n${port}`;
