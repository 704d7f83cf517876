import { isIPv4, isIPv6 } from 'node:net';

/**
 * What a load balancer says of its client before the client's own bytes: the PROXY protocol, version 1 (text) and 2
 * (binary), as HAProxy defined it.
 */
export interface ProxyHeader {
  /** Bytes of the header; what is behind them is the client's. */
  readonly length: number;
  /** null: the load balancer speaks for itself, or does not say. */
  readonly client: string | null;
}

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const TEXT = Buffer.from('PROXY ', 'latin1');
/** With its line end. */
const MOST_TEXT = 107;
/** Addresses and any further facts; those that are in use are far shorter. */
const MOST_BINARY = 4_096;

/** The header at the beginning of `bytes`; `more`: it is not whole yet; null: this is none. */
export function readProxyHeader(bytes: Buffer): ProxyHeader | 'more' | null {
  if (startsLike(bytes, SIGNATURE)) return bytes.length < 16 ? 'more' : binary(bytes);
  return startsLike(bytes, TEXT) ? text(bytes) : null;
}

function startsLike(bytes: Buffer, prefix: Buffer): boolean {
  const length = Math.min(bytes.length, prefix.length);
  return bytes.compare(prefix, 0, length, 0, length) === 0;
}

function text(bytes: Buffer): ProxyHeader | 'more' | null {
  const end = bytes.subarray(0, MOST_TEXT).indexOf('\r\n');
  if (end < 0) return bytes.length < MOST_TEXT ? 'more' : null;
  const [, family, source, destination, ...ports] = bytes.toString('latin1', 0, end).split(' ');
  const length = end + 2;
  if (family === 'UNKNOWN') return { length, client: null };
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : null;
  if (isAddress === null || !isAddress(source ?? '') || !isAddress(destination ?? '')) return null;
  return ports.length === 2 && ports.every(isPort) ? { length, client: source! } : null;
}

const isPort = (digits: string): boolean => /^(?:0|[1-9]\d{0,4})$/.test(digits) && Number(digits) <= 65_535;

const PROXY = 0x21;
const LOCAL = 0x20;

function binary(bytes: Buffer): ProxyHeader | 'more' | null {
  const command = bytes[12];
  const family = bytes[13]! >> 4;
  const size = bytes.readUInt16BE(14);
  const length = 16 + size;
  if ((command !== PROXY && command !== LOCAL) || size > MOST_BINARY) return null;
  if (bytes.length < length) return 'more';
  if (command === LOCAL) return { length, client: null };
  if (family === 1) return size < 12 ? null : { length, client: bytes.subarray(16, 20).join('.') };
  if (family === 2) return size < 36 ? null : { length, client: ipv6(bytes.subarray(16, 32)) };
  return { length, client: null };
}

/** In its shortest form, IPv4 within IPv6 as a socket writes it. */
function ipv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16));
  if (groups.slice(0, 5).every((group) => group === '0') && groups[5] === 'ffff') {
    return `::ffff:${bytes.subarray(12).join('.')}`;
  }
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}
