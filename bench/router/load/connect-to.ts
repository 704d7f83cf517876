import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** All connections of a load read into this; what is read is looked at before the next read. */
const READ = Buffer.allocUnsafeSlow(65_536);

export interface Destination {
  readonly port: number;
  readonly tls: boolean;
  /** Where it comes from: 127.0.0.1 has ports for some ten thousand connections a minute only. */
  readonly localAddress?: string;
}

/** A client's connection to a proxy. Errors show as the connection's end. */
export function connectTo({ tls, ...to }: Destination, take: (bytes: Buffer) => void): Socket {
  const callback = (length: number): boolean => {
    take(READ.subarray(0, length));
    return true;
  };
  const options = { ...to, host: '127.0.0.1', onread: { buffer: READ, callback } };
  const socket = tls
    ? connectTls({ ...options, servername: 'shop.test', rejectUnauthorized: false, minVersion: 'TLSv1.3' })
    : connectTcp({ ...options, noDelay: true });
  return socket.on('error', () => undefined);
}
