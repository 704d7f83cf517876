import { HOP_BY_HOP, type RawHeaders, REPLACED } from '../http/head.ts';

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Lines that mean something only in a head: they frame a message, say whose it is, or what it holds. Lower case. */
const IN_HEADS_ALONE = new Set([
  ...['host', 'content-length', 'content-type', 'content-encoding', 'content-range'],
  ...['authorization', 'cookie', 'set-cookie'],
]);

/** Lines that may follow a body: without those that would frame or route it anew (RFC 9110, 6.5.1). Names keep their case. */
export function readTrailers(raw: RawHeaders): RawHeaders {
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!;
    const value = raw[i + 1]!;
    if (!NAME.test(name) || !VALUE.test(value)) continue;
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.has(lower) || REPLACED.has(lower) || IN_HEADS_ALONE.has(lower)) continue;
    kept.push(name, value);
  }
  return kept;
}
