import type { ReadHeader } from '../clients/read-header.ts';
import type { Trust } from './trust.ts';

/** The other end of a client's connection, or who a proxy on its way said that this is. */
export interface Peer {
  /** Without the `::ffff:` that a listener on `::` puts before IPv4 addresses. */
  readonly address: string;
  /** It speaks TLS with us. */
  readonly secure: boolean;
  /** Whether it is a proxy whose word about its clients is taken. */
  isTrusted(trust: Trust): boolean;
  /** What is told of it where nobody stands before it, who asks for this host. */
  asItself(host: string): Forwarded;
}

/** `address`: as a socket gives it. */
export const peerOf = (address: string | undefined, secure = false): Peer =>
  new SocketPeer(plainAddress(address), secure);

/** A class: there is one for each connection, and most are idle. */
class SocketPeer implements Peer {
  readonly address: string;
  readonly secure: boolean;
  /** Asked with each request of a connection, and nearly always for the same service. */
  #asked: Trust | null = null;
  #answer = false;
  /** It mostly asks for the same host again. */
  #last: Forwarded | null = null;

  constructor(address: string, secure: boolean) {
    this.address = address;
    this.secure = secure;
  }

  isTrusted(trust: Trust): boolean {
    if (this.#asked !== trust) {
      this.#asked = trust;
      this.#answer = this.address !== UNKNOWN && trust.has(this.address);
    }
    return this.#answer;
  }

  asItself(host: string): Forwarded {
    if (this.#last?.host !== host) {
      const { address } = this;
      this.#last = new Forwarded(address, this.secure ? 'https' : 'http', host, address);
    }
    return this.#last;
  }
}

const UNKNOWN = 'unknown';

/** Without what a listener on `::` puts before IPv4 addresses. */
export const plainAddress = (address: string | undefined): string =>
  address === undefined || address === '' ? UNKNOWN : address.replace(/^::ffff:(?=\d+\.)/i, '');

/** Whether a connection is one of TLS. */
export const isSecure = (socket: object): boolean => 'encrypted' in socket && socket.encrypted === true;

/** What an instance is told of the client. */
export class Forwarded {
  readonly for: string;
  /** The scheme by which the client came. */
  readonly proto: string;
  readonly host: string;
  /** The nearest address that is no trusted proxy: for the identity of clients without any other. */
  readonly client: string;
  #lines: string | null = null;

  constructor(chain: string, proto: string, host: string, client: string) {
    this.for = chain;
    this.proto = proto;
    this.host = host;
    this.client = client;
  }

  /** As lines of HTTP/1.1. Made once: many requests of a connection say the same. */
  get lines(): string {
    this.#lines ??= `X-Forwarded-For: ${this.for}\r\nX-Forwarded-Proto: ${this.proto}\r\nX-Forwarded-Host: ${this.host}\r\n`;
    return this.#lines;
  }
}

/** From a trusted peer the chain goes on; from anybody else it begins anew, since a client may write what it likes. */
export function forwardedBy(peer: Peer, trust: Trust, header: ReadHeader, host: string): Forwarded {
  if (!peer.isTrusted(trust)) return peer.asItself(host);
  const chain = header('x-forwarded-for') ?? '';
  const proto = header('x-forwarded-proto') ?? '';
  const named = header('x-forwarded-host') ?? '';
  if (chain === '' && proto === '' && named === '') return peer.asItself(host);
  return new Forwarded(
    chain === '' ? peer.address : `${chain}, ${peer.address}`,
    proto === 'http' || proto === 'https' ? proto : peer.secure ? 'https' : 'http',
    named === '' ? host : named,
    nearest(chain, trust) ?? peer.address,
  );
}

/** The last one that is no proxy of ours; the first one where all are. */
function nearest(chain: string, trust: Trust): string | null {
  if (chain === '') return null;
  const addresses = chain.split(',').map((part) => part.trim());
  const client = addresses.findLast((address) => !trust.has(address)) ?? addresses[0]!;
  return client === '' ? null : client;
}
