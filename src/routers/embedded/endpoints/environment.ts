import type { Colour } from '../../../core/model.ts';
import type { InstanceProtocol } from '../../../core/service/http-spec.ts';
import type { Endpoint, HealthProbe } from '../../../core/world.ts';
import { WaitingRoom } from '../overload/waiting-room.ts';
import { createEndpointState, type EndpointState, endpointKey } from './endpoint.ts';

/** The right to send one request to one endpoint; it is in flight there until `release` is called. */
export interface Lease {
  readonly endpoint: EndpointState;
  readonly colour: Colour;
  readonly releaseName: string | null;
  /** Once; further calls do nothing. */
  release(): void;
}

/** One environment of one service as the router runs it. */
export interface Environment {
  readonly colour: Colour;
  readonly releaseName: string | null;
  /** Requests and tunnels in flight, also those on endpoints that are no longer listed. */
  readonly inFlight: number;
  readonly healthy: readonly EndpointState[];
  /** Whether the first probe of some endpoint has yet to come back: its health is a matter of milliseconds. */
  readonly settling: boolean;
  /** For requests whose instances are all as busy as they may be. */
  readonly room: WaitingRoom;
  /** Endpoints that stay keep their health and connections, unless the release is another. */
  update(
    release: string | null,
    endpoints: readonly Endpoint[],
    probe: HealthProbe | null,
    protocol?: InstanceProtocol,
  ): void;
  /** Counts a request in flight on an endpoint. Choosing it and this call must be one synchronous step. */
  lease(endpoint: EndpointState): Lease;
  close(): void;
}

/** Starts what an endpoint needs (health checks, connections) and returns what stops it. */
export type Attach = (endpoint: EndpointState, probe: HealthProbe | null) => () => void;

/** `onChange` is called, synchronously, whenever the healthy endpoints are others than before. */
export function createEnvironment(colour: Colour, attach: Attach, onChange: () => void): Environment {
  const members = new Map<string, { state: EndpointState; probe: string; detach: () => void }>();
  const room = new WaitingRoom();

  const review = () => {
    const states = [...members.values()].map((member) => member.state);
    environment.healthy = states.filter((state) => state.health === 'healthy');
    environment.settling = states.some((state) => state.health === 'new');
    onChange();
    room.all();
  };

  const drop = (key: string) => {
    members.get(key)?.detach();
    members.delete(key);
  };

  const returned = () => {
    environment.inFlight -= 1;
    if (!room.isEmpty) room.next();
  };

  const environment: OwnEnvironment = {
    colour,
    room,
    releaseName: null,
    inFlight: 0,
    healthy: [],
    settling: false,
    update(release, endpoints, probe, protocol = 'http/1.1') {
      const wanted = new Map(endpoints.map((endpoint) => [endpointKey(endpoint), endpoint]));
      const probeText = JSON.stringify([probe, protocol]);
      for (const [key, member] of members) {
        if (!wanted.has(key) || release !== environment.releaseName || member.probe !== probeText) drop(key);
      }
      environment.releaseName = release;
      for (const [key, address] of wanted) {
        if (members.has(key)) continue;
        const state = createEndpointState(address, review, protocol);
        const member = { state, probe: probeText, detach: () => {} };
        members.set(key, member);
        member.detach = attach(state, probe);
      }
      review();
    },
    lease(endpoint) {
      environment.inFlight += 1;
      endpoint.inFlight += 1;
      return new HeldLease(endpoint, colour, environment.releaseName, returned);
    },
    close() {
      for (const key of [...members.keys()]) drop(key);
      review();
    },
  };
  return environment;
}

/** No getters, as with endpoints: it is looked at with each request. */
interface OwnEnvironment extends Environment {
  releaseName: string | null;
  inFlight: number;
  healthy: readonly EndpointState[];
  settling: boolean;
}

class HeldLease implements Lease {
  readonly endpoint: EndpointState;
  readonly colour: Colour;
  readonly releaseName: string | null;
  #returned: (() => void) | null;

  constructor(endpoint: EndpointState, colour: Colour, releaseName: string | null, returned: () => void) {
    this.endpoint = endpoint;
    this.colour = colour;
    this.releaseName = releaseName;
    this.#returned = returned;
  }

  release(): void {
    if (this.#returned === null) return;
    this.endpoint.inFlight -= 1;
    this.#returned();
    this.#returned = null;
  }
}
