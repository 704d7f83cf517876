import { COLOURS, type Colour } from '../../../core/model.ts';
import type { ListenSpec } from '../../../core/service-spec.ts';
import type { ObservedRouting } from '../../../core/world.ts';
import type { Logger } from '../../../system/log.ts';
import { createFront, type FrontTools } from '../http/front.ts';
import { type Claim, createRouteIndex, type RouteIndex, sameClaim } from '../table/route-index.ts';
import type { Service } from '../table/service.ts';
import type { Door } from './door.ts';
import { createListeners, type WantedListener } from './listeners.ts';

/** The ways in: public listeners shared by services, and a loopback listener for each environment. */
export interface Doors {
  /** New requests find these services from this call on; resolves when new listeners have been tried. */
  lead(services: ReadonlyMap<string, Service>): Promise<void>;
  observe(service: Service): Pick<ObservedRouting, 'previews' | 'url' | 'problem'>;
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';

export function createDoors(tools: FrontTools, log: Logger): Doors {
  const listeners = createListeners(log);
  let indexes = new Map<string, RouteIndex<Service>>();
  let shadowed = new Map<Service, Service>();
  let current: ReadonlyMap<string, Service> = new Map();

  const publicDoor = (key: string): Door => ({
    find: (host, path) => indexes.get(key)?.match(host, path) ?? null,
    preview: null,
  });
  const previewDoor = (name: string, colour: Colour): Door => ({
    find: () => current.get(name) ?? null,
    preview: colour,
  });
  const listenerTo = (address: string, port: number, door: Door): WantedListener => ({
    address,
    port,
    serve: () => createFront(door, tools),
  });

  return {
    lead(services) {
      current = services;
      const claims = claimsByListener(services.values());
      indexes = new Map([...claims].map(([key, list]) => [key, createRouteIndex(list)]));
      shadowed = shadowsAmong(claims.values());
      const wanted = new Map<string, WantedListener>();
      for (const [name, { routing }] of services) {
        const { address, port } = routing.listen;
        const key = publicKey(routing.listen);
        wanted.set(key, listenerTo(address, port, publicDoor(key)));
        for (const colour of COLOURS) {
          wanted.set(previewKey(name, colour), listenerTo(LOOPBACK, 0, previewDoor(name, colour)));
        }
      }
      return listeners.converge(wanted);
    },
    observe(service) {
      const { listen } = service.routing;
      const { port, problem } = listeners.state(publicKey(listen));
      const other = shadowed.get(service);
      const taken =
        other === undefined ? null : `The service ${other.name} answers for the same host and path already.`;
      return {
        previews: { blue: previewUrl(service.name, 'blue'), green: previewUrl(service.name, 'green') },
        url: port === null || taken !== null ? null : urlOf(listen, port),
        problem: taken ?? problem,
      };
    },
    close: () => listeners.close(),
  };

  function previewUrl(name: string, colour: Colour): string | null {
    const { port } = listeners.state(previewKey(name, colour));
    return port === null ? null : `http://${LOOPBACK}:${port}`;
  }
}

const publicKey = ({ address, port }: ListenSpec): string => `${address}\n${port}`;
const previewKey = (service: string, colour: Colour): string => `preview\n${service}\n${colour}`;

function claimsByListener(services: Iterable<Service>): Map<string, Claim<Service>[]> {
  const claims = new Map<string, Claim<Service>[]>();
  for (const service of services) {
    const { listen } = service.routing;
    const key = publicKey(listen);
    const claim = { host: listen.host, path: listen.path, value: service };
    claims.set(key, [...(claims.get(key) ?? []), claim]);
  }
  return claims;
}

/** Services whose requests an earlier one gets. */
function shadowsAmong(listeners: Iterable<readonly Claim<Service>[]>): Map<Service, Service> {
  const shadows = new Map<Service, Service>();
  for (const claims of listeners) {
    claims.forEach((claim, index) => {
      const first = claims.slice(0, index).find((earlier) => sameClaim(earlier, claim));
      if (first !== undefined) shadows.set(claim.value, first.value);
    });
  }
  return shadows;
}

function urlOf({ address, host, path }: ListenSpec, port: number): string {
  const everywhere = address === '::' || address === '0.0.0.0';
  const shown = host ?? (everywhere ? LOOPBACK : address.includes(':') ? `[${address}]` : address);
  return `http://${shown}:${port}${path === '/' ? '' : path}`;
}
