import type { IncomingMessage } from 'node:http';
import { MOST_HEADER_LINES } from '../../../core/service/http-spec.ts';
import { createMemo } from '../clients/memo.ts';

/** Where a request wants to go, once its head is found to be beyond doubt. */
export interface Destination {
  /** As the client wrote it, with its port; '' for HTTP/1.0 without one. */
  readonly authority: string;
  /** Without port and the dot of a full name, lower case. */
  readonly host: string;
  /** In origin form. */
  readonly path: string;
}

/** A head that is refused, and with what. */
export interface Refusal {
  readonly status: 400 | 405 | 417 | 431 | 501 | 505;
  readonly why: string;
}

const AUTHORITY = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;

/**
 * What node's own strict parser lets through and a proxy must not: more than one Host, codings other than chunked,
 * targets that are no path. Ambiguity is refused, never repaired.
 */
export function destinationOf(req: IncomingMessage): Destination | Refusal {
  if (req.httpVersionMajor !== 1) return { status: 505, why: 'The version of HTTP is 1.0 or 1.1.' };
  if (req.rawHeaders.length > 2 * MOST_HEADER_LINES) return { status: 431, why: 'Too many header lines.' };
  if (req.method === 'CONNECT' || req.method === 'TRACE') {
    return { status: 405, why: 'This method is not served.' };
  }
  const { expect } = req.headers;
  if (expect !== undefined && req.httpVersionMinor === 1 && expect.toLowerCase() !== '100-continue') {
    return { status: 417, why: 'Only 100-continue is expected here.' };
  }
  const coding = req.headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    return { status: 501, why: 'The only transfer coding that is understood is chunked.' };
  }
  if (coding !== undefined && (req.headers['content-length'] !== undefined || req.httpVersionMinor === 0)) {
    return { status: 400, why: 'The length of the request is ambiguous.' };
  }
  if (countOf(req.rawHeaders, 'host') > 1) return { status: 400, why: 'More than one Host.' };
  return targetOf(req.url ?? '', req.headers.host ?? '');
}

export const isRefusal = (value: Destination | Refusal): value is Refusal => 'status' in value;

/** Where a target, in origin form or absolute, wants to go. */
export function targetOf(url: string, hostHeader: string): Destination | Refusal {
  const absolute = url.startsWith('/') ? null : /^https?:\/\/([^/?#]*)([^#]*)$/i.exec(url);
  const authority = absolute ? absolute[1]! : hostHeader;
  const rest = absolute ? absolute[2]! : url;
  const path = absolute && !rest.startsWith('/') ? `/${rest}` : rest;
  if (!/^\/[\x21-\x22\x24-\x7e\x80-\xff]*$/.test(path)) {
    return { status: 400, why: 'The target of the request is not a path.' };
  }
  // Only a Host line may be empty: an address that names no host names nothing (RFC 9110, 4.2.1).
  const host = authority === '' && !absolute ? '' : hosts(authority);
  if (host === null) return { status: 400, why: 'The Host of the request is not a host.' };
  return { authority, host, path };
}

/** null: it is no authority. Hosts come again and again. */
const hosts = createMemo((authority: string) => (AUTHORITY.test(authority) ? hostOf(authority) : null));

/** The host in an authority: without port and the dot of a full name, lower case. */
export function hostOf(authority: string): string {
  let end = authority.length;
  const colon = authority.lastIndexOf(':');
  if (colon >= 0 && /^\d+$/.test(authority.slice(colon + 1))) end = colon;
  if (authority[end - 1] === '.') end -= 1;
  return authority.slice(0, end).toLowerCase();
}

function countOf(raw: readonly string[], name: string): number {
  let count = 0;
  for (let i = 0; i < raw.length; i += 2) {
    if (raw[i]!.length === name.length && raw[i]!.toLowerCase() === name) count += 1;
  }
  return count;
}
