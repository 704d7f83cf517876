import { LOOPBACK_ALONE } from '../../../core/service/address-range.ts';
import type { HttpSpec } from '../../../core/service/http-spec.ts';
import type { ListenSpec } from '../../../core/service/service-spec.ts';
import { type Trust, trustOf } from '../visit/trust.ts';
import type { Turnstile } from './turnstile.ts';

/** Who may connect to a listener, and how. */
export interface Admission {
  /** Of one address at the same time; null: any number. Trusted addresses, which stand for many clients, are free. */
  readonly connections: number | null;
  /** Counts them. */
  readonly turnstile: Turnstile;
  readonly trust: Trust;
  /** Trusted addresses say by the PROXY protocol who their client is. */
  readonly proxyProtocol: boolean;
}

/** What all services of one listener want. A connection is not any service's yet, so the most generous one decides. */
export function admissionOf(
  services: readonly { readonly listen: ListenSpec; readonly http: HttpSpec }[],
  turnstile: Turnstile,
): Admission {
  const limits = services.map(({ http }) => http.limits.connections);
  return {
    connections: limits.includes(null) ? null : Math.max(...limits.map(Number)),
    turnstile,
    trust: trustOf(services.flatMap(({ listen }) => listen.trust ?? LOOPBACK_ALONE)),
    proxyProtocol: services.some(({ listen }) => listen.proxyProtocol ?? false),
  };
}
