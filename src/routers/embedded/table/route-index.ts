/** Which service answers for a host and path on one listener. */
export interface RouteIndex<T> {
  /** `host` without port, in any case; `path` as in the request line, a query allowed. null: nobody does. */
  match(host: string, path: string): T | null;
}

/** A service's claim on a listener. */
export interface Claim<T> {
  /** null: any host. */
  readonly host: string | null;
  readonly path: string;
  readonly value: T;
}

/**
 * A named host goes before any host; then the longest path prefix wins, on a segment's boundary: `/shop` is for
 * `/shop`, `/shop/` and `/shop?x`, not for `/shopping`. Of two equal claims the first one counts.
 */
export function createRouteIndex<T>(claims: readonly Claim<T>[]): RouteIndex<T> {
  const byHost = new Map<string, { readonly prefix: string; readonly value: T }[]>();
  for (const { host, path, value } of claims) {
    const key = host?.toLowerCase() ?? '';
    byHost.set(key, [...(byHost.get(key) ?? []), { prefix: prefixOf(path), value }]);
  }
  for (const list of byHost.values()) list.sort((a, b) => b.prefix.length - a.prefix.length);
  const ofAny = byHost.get('') ?? [];
  return {
    match(host, path) {
      for (const claim of byHost.get(host.toLowerCase()) ?? [])
        if (covers(claim.prefix, path)) return claim.value;
      for (const claim of ofAny) if (covers(claim.prefix, path)) return claim.value;
      return null;
    },
  };
}

/** Whether two claims are for the very same requests. */
export const sameClaim = (a: Claim<unknown>, b: Claim<unknown>): boolean =>
  (a.host?.toLowerCase() ?? '') === (b.host?.toLowerCase() ?? '') && prefixOf(a.path) === prefixOf(b.path);

/** Without a slash at the end; '' covers all. */
const prefixOf = (path: string): string => path.replace(/\/+$/, '');

function covers(prefix: string, path: string): boolean {
  if (!path.startsWith(prefix)) return false;
  const next = path[prefix.length];
  return prefix === '' || next === undefined || next === '/' || next === '?';
}
