/** Cookie headers, read and cut without changing a byte of what is not concerned. */

const PREFIX = 'teal_';
/** A random id and its signature, nothing about the user. */
export const ID_COOKIE = `${PREFIX}id`;
/** The release that the client's page came from, and when. */
export const PIN_COOKIE = `${PREFIX}pin`;
const OWN: ReadonlySet<string> = new Set([ID_COOKIE, PIN_COOKIE]);

/** Value of the first cookie with this name in a Cookie header; null where there is none. Quotes are kept. */
export function cookieValue(header: string | undefined, name: string): string | null {
  if (header === undefined) return null;
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return null;
}

/** The Cookie header without Teal's own; null where nothing remains. */
export function withoutOwnCookies(header: string): string | null {
  if (!header.includes(PREFIX)) return header;
  const kept = header.split(';').filter((pair) => !OWN.has(pair.slice(0, pair.indexOf('=')).trim()));
  const rest = kept.join(';').trim();
  return rest === '' ? null : rest;
}

/** Attributes of Teal's own cookies: no script reads them, and a connection that is not encrypted only where the page came by one. */
export const cookieAttributes = (path: string, maxAge: number, secure: boolean): string =>
  `Path=${path}; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
