import { BlockList, isIPv6 } from 'node:net';
import type { ReadHeader } from '../clients/read-header.ts';

/** Where requests of a proxy in front of Teal come from: this machine and private networks. */
const PRIVATE = new BlockList();
for (const [net, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
] as const) {
  PRIVATE.addSubnet(net, prefix, 'ipv4');
}
PRIVATE.addAddress('::1', 'ipv6');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');

/** The other end of a client's connection. */
export interface Peer {
  /** Without the `::ffff:` that a listener on `::` puts before IPv4 addresses. */
  readonly address: string;
  /** A proxy on this machine or in a private network: what it says of the client is believed. */
  readonly trusted: boolean;
  /** It speaks TLS with us. */
  readonly secure: boolean;
}

export function peerOf(remoteAddress: string | undefined, secure = false): Peer {
  const address = (remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/i, '');
  if (address === '') return { address: 'unknown', trusted: false, secure };
  return { address, trusted: PRIVATE.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'), secure };
}

/** Whether a connection is one of TLS. */
export const isSecure = (socket: object): boolean => 'encrypted' in socket && socket.encrypted === true;

/** What an instance is told of the client. */
export interface Forwarded {
  readonly for: string;
  /** The scheme by which the client came. */
  readonly proto: string;
  readonly host: string;
  /** The nearest address that is believed: for the identity of clients without any other. */
  readonly client: string;
}

/** From a trusted peer the chain goes on; from anybody else it begins anew, since a client may write what it likes. */
export function forwardedBy(peer: Peer, header: ReadHeader, host: string): Forwarded {
  const chain = peer.trusted ? (header('x-forwarded-for') ?? '') : '';
  const last = chain.slice(chain.lastIndexOf(',') + 1).trim();
  return {
    for: chain === '' ? peer.address : `${chain}, ${peer.address}`,
    proto: (peer.trusted && header('x-forwarded-proto')) || (peer.secure ? 'https' : 'http'),
    host: (peer.trusted && header('x-forwarded-host')) || host,
    client: last === '' ? peer.address : last,
  };
}
