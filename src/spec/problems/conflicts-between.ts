/** What cannot be together in two services, though each is fine by itself. */
import type { ListenSpec, ServiceSpec } from '../../core/service/service-spec.ts';
import type { Finding, Path } from './problem.ts';

/** `at` leads to each service. */
export function conflictsBetween(
  services: readonly { readonly at: Path; readonly spec: ServiceSpec }[],
): Finding[] {
  return services.flatMap(({ at, spec }, i) => {
    for (const other of services.slice(0, i)) {
      const found = spec.listen && other.spec.listen && between(spec.listen, other.spec.listen);
      if (!found) continue;
      const [message, suggestion] = found;
      return {
        code: 'E_SPEC_CONFLICT' as const,
        path: [...at, 'listen'],
        at: 'value' as const,
        message: `"${other.spec.service}" ${message}`,
        suggestion,
      };
    }
    return [];
  });
}

function between(a: ListenSpec, b: ListenSpec): [message: string, suggestion: string] | null {
  if (!sameAddress(a, b)) return null;
  const samePort = a.port === b.port;
  const redirected = a.redirect === b.port || b.redirect === a.port;
  if ((samePort || redirected) && a.host === b.host && a.path === b.path) {
    return [
      'listens on the same port, host and path already',
      'Give one of them another port, host or path.',
    ];
  }
  const secure = (listen: ListenSpec) => listen.tls !== undefined;
  const clash =
    (samePort && secure(a) !== secure(b)) ||
    (a.redirect === b.port && secure(b)) ||
    (b.redirect === a.port && secure(a));
  if (!clash) return null;
  return ['uses the same port, one with TLS and one without', 'Give one of them another port, or both tls.'];
}

function sameAddress(a: ListenSpec, b: ListenSpec): boolean {
  const everywhere = ['::', '0.0.0.0'];
  return a.address === b.address || [a, b].some((listen) => everywhere.includes(listen.address));
}
