import type { CertificateFiles, ListenSpec } from '../../../core/service/service-spec.ts';
import { type Claim, createRouteIndex, type RouteIndex, sameClaim } from '../table/route-index.ts';

/** What one request for a listener leads to. */
export interface Way<T> {
  readonly service: T;
  /** The service is reached by HTTPS on this port alone; null: here. */
  readonly redirect: number | null;
}

/** One public listener, shared by services. */
export interface PlannedListener<T> {
  readonly key: string;
  readonly address: string;
  readonly port: number;
  readonly ways: RouteIndex<Way<T>>;
  readonly services: readonly T[];
  /** The first is for clients that name no host; null: without TLS. */
  readonly certificates: readonly CertificateFiles[] | null;
}

/** Which listeners there are to be, and who does not get what it asks for. */
export interface ListenerPlan<T> {
  readonly listeners: ReadonlyMap<string, PlannedListener<T>>;
  /** In words. */
  readonly problems: ReadonlyMap<T, string>;
}

interface Wish<T> extends Claim<Way<T>> {
  readonly name: string;
  readonly listen: ListenSpec;
  readonly port: number;
  readonly secure: boolean;
  /** By the PROXY protocol. */
  readonly announced: boolean;
}

/**
 * Brings the wishes of all services together. Where two exclude each other, the service that is named first has its
 * own; whether a port speaks TLS is one thing for all of its services.
 */
export function planListeners<T>(
  services: Iterable<{ readonly name: string; readonly listen: ListenSpec; readonly value: T }>,
): ListenerPlan<T> {
  const byPort = new Map<string, Wish<T>[]>();
  const problems = new Map<T, string>();
  for (const wish of wishesOf(services)) {
    const key = `${wish.listen.address}\n${wish.port}`;
    const earlier = byPort.get(key) ?? [];
    const problem = objection(wish, earlier);
    if (problem === null) byPort.set(key, [...earlier, wish]);
    else if (!problems.has(wish.value.service)) problems.set(wish.value.service, problem);
  }
  const listeners = [...byPort].map(([key, wishes]): [string, PlannedListener<T>] => {
    const { listen, port, secure } = wishes[0]!;
    const planned: PlannedListener<T> = {
      // A listener that changes its mind about TLS is another one.
      key: secure ? `${key}\ntls` : key,
      address: listen.address,
      port,
      ways: createRouteIndex(wishes),
      services: wishes.map((wish) => wish.value.service),
      certificates: secure ? distinct(wishes.flatMap((wish) => wish.listen.tls!.certificates)) : null,
    };
    return [planned.key, planned];
  });
  return { listeners: new Map(listeners), problems };
}

/** The key of the listener on which a service is served. */
export const listenerKey = ({ address, port, tls }: ListenSpec): string =>
  `${address}\n${port}${tls === undefined ? '' : '\ntls'}`;

function* wishesOf<T>(
  services: Iterable<{ readonly name: string; readonly listen: ListenSpec; readonly value: T }>,
): Generator<Wish<T>> {
  for (const { name, listen, value } of services) {
    const { host, path, port, tls, redirect } = listen;
    const common = { name, listen, host, path, announced: listen.proxyProtocol ?? false };
    yield { ...common, port, secure: tls !== undefined, value: { service: value, redirect: null } };
    if (redirect === undefined) continue;
    yield { ...common, port: redirect, secure: false, value: { service: value, redirect: port } };
  }
}

function objection<T>(wish: Wish<T>, earlier: readonly Wish<T>[]): string | null {
  const first = earlier[0];
  if (first !== undefined && first.secure !== wish.secure) {
    const [theirs, ours] = wish.secure ? ['without TLS', 'with TLS'] : ['with TLS', 'without TLS'];
    return `The service ${first.name} uses port ${wish.port} ${theirs}, so it cannot be used ${ours}.`;
  }
  if (first !== undefined && first.announced !== wish.announced) {
    return `The service ${first.name} uses port ${wish.port} ${first.announced ? 'with' : 'without'} the PROXY protocol; it is one or the other.`;
  }
  const same = earlier.find((other) => sameClaim(other, wish));
  return same === undefined ? null : `The service ${same.name} answers for the same host and path already.`;
}

function distinct(files: readonly CertificateFiles[]): CertificateFiles[] {
  return files.filter(
    ({ cert, key }, index) => files.findIndex((other) => other.cert === cert && other.key === key) === index,
  );
}
