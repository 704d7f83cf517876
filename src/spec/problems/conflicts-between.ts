/** What cannot be together in two services, though each is fine by itself. */
import type { ListenSpec, ServiceSpec } from '../../core/service/service-spec.ts';
import type { Finding, Path } from './problem.ts';

/** `at` leads to each service. */
export function conflictsBetween(
  services: readonly { readonly at: Path; readonly spec: ServiceSpec }[],
): Finding[] {
  return services.flatMap(({ at, spec }, i) => {
    for (const other of services.slice(0, i)) {
      const found = spec.listen && other.spec.listen && listenConflict(other.spec.listen, spec.listen);
      if (!found) continue;
      return {
        code: 'E_SPEC_CONFLICT' as const,
        path: [...at, 'listen'],
        at: 'value' as const,
        message: `"${other.spec.service}" ${found.message}`,
        suggestion: found.suggestion,
      };
    }
    return [];
  });
}

/** Why two services cannot be served like that at the same time, said of the first; null: they can. */
export function listenConflict(
  a: ListenSpec,
  b: ListenSpec,
): { readonly message: string; readonly suggestion: string } | null {
  if (!sameAddress(a, b)) return null;
  const samePort = a.port === b.port;
  const redirected = a.redirect === b.port || b.redirect === a.port;
  if ((samePort || redirected) && a.host === b.host && a.path === b.path) {
    return {
      message: 'listens on the same port, host and path already',
      suggestion: 'Give one of them another port, host or path.',
    };
  }
  const secure = (listen: ListenSpec) => listen.tls !== undefined;
  const clash =
    (samePort && secure(a) !== secure(b)) ||
    (a.redirect === b.port && secure(b)) ||
    (b.redirect === a.port && secure(a));
  if (!clash) return null;
  return {
    message: 'uses the same port, one with TLS and one without',
    suggestion: 'Give one of them another port, or both tls.',
  };
}

function sameAddress(a: ListenSpec, b: ListenSpec): boolean {
  const everywhere = ['::', '0.0.0.0'];
  return a.address === b.address || [a, b].some((listen) => everywhere.includes(listen.address));
}
