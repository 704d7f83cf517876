import type { OutgoingHttpHeaders } from 'node:http2';
import { createMemo } from '../clients/memo.ts';
import { JOINS, type RawHeaders } from '../http/head.ts';

/** Lines of one name and value after the other, as node wants them. */
export function headersOf(raw: RawHeaders): OutgoingHttpHeaders {
  const headers: Headers = Object.create(null);
  for (let i = 0; i + 1 < raw.length; i += 2) add(headers, raw[i]!.toLowerCase(), raw[i + 1]!);
  return headers;
}

/**
 * The same as one list, which node takes as it is: for what goes out with each answer, dictionaries take several times as long.
 * Lines of `extra` replace what says the same.
 */
export function listOf(status: number, raw: RawHeaders, extra: RawHeaders): string[] {
  const list = [':status', String(status)];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const { lower, isSingle, joins } = nameOf(raw[i]!);
    if (isSingle && holds(list, lower)) continue;
    if (extra.length > 0 && !joins && holds(extra, lower)) continue;
    list.push(lower, raw[i + 1]!);
  }
  for (let i = 0; i + 1 < extra.length; i += 2) list.push(extra[i]!.toLowerCase(), extra[i + 1]!);
  return list;
}

/** Whether there is a line with this (lower-case) name. */
function holds(raw: RawHeaders, name: string): boolean {
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]!.length === name.length && raw[i]!.toLowerCase() === name) return true;
  }
  return false;
}

type Headers = Record<string, string | string[] | number | undefined>;

/** node refuses several lines of names that stand once by definition: then the first counts. */
function add(headers: Headers, name: string, value: string): void {
  const before = headers[name];
  if (before === undefined) headers[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else if (!SINGLE.has(name)) headers[name] = [String(before), value];
}

const SINGLE = new Set([
  ...['access-control-allow-credentials', 'access-control-max-age', 'access-control-request-method', 'age'],
  ...['authorization', 'content-encoding', 'content-language', 'content-length', 'content-location'],
  ...['content-md5', 'content-range', 'content-type', 'date', 'dnt', 'etag', 'expires', 'from', 'host'],
  ...['if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since', 'last-modified'],
  ...['location', 'max-forwards', 'proxy-authorization', 'range', 'referer', 'retry-after', 'tk'],
  ...['upgrade-insecure-requests', 'user-agent', 'x-content-type-options'],
]);

/** What is asked of the name of each line of an answer; the same few come again and again. */
const nameOf = createMemo((name: string) => {
  const lower = name.toLowerCase();
  return { lower, isSingle: SINGLE.has(lower), joins: JOINS.has(lower) };
});
