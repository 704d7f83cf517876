/** Cookie headers, read and cut without changing a byte of what is not concerned. */

/** Value of the first cookie with this name in a Cookie header; null where there is none. Quotes are kept. */
export function cookieValue(header: string | undefined, name: string): string | null {
  if (header === undefined) return null;
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return null;
}

/** The Cookie header without this cookie; null where nothing remains. */
export function withoutCookie(header: string, name: string): string | null {
  if (!header.includes(name)) return header;
  const kept = header.split(';').filter((pair) => pair.slice(0, pair.indexOf('=')).trim() !== name);
  const rest = kept.join(';').trim();
  return rest === '' ? null : rest;
}
