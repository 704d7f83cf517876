import type { Server, Socket } from 'node:net';
import { lastWords } from '../http/last-words.ts';
import { isSecure, type Peer, peerOf, plainAddress } from '../visit/peer.ts';
import type { Admission } from './admission.ts';
import { readProxyHeader } from './proxy-protocol.ts';

/** Looks at connections before anything is read of what they want. */
export interface Gate {
  /** Lets the listeners that the server has for new connections see only those that are admitted. */
  guard(server: Server): void;
  /** Who is at the other end of a connection, of TLS or without. */
  peerOf(socket: Socket): Peer;
}

const REFUSED = {
  status: 429,
  message: 'This address has too many connections open.',
  retryAfter: 1,
} as const;
/** For the client to read why it was refused, ms. */
const FAREWELL = 1_000;

/** `admission`: what counts now; null: everybody is admitted. `within`: ms that a header of the PROXY protocol may take. */
export function createGate(admission: () => Admission | null, secure: boolean, within: number): Gate {
  /** By the address and port of the load balancer's end, which a connection and TLS on it have in common. */
  const announced = new Map<string, string>();

  const admit = (socket: Socket, address: string, rules: Admission, serve: () => void) => {
    const { connections, trust, turnstile } = rules;
    if (connections === null || trust.has(address)) return serve();
    const household = householdOf(address);
    const ignore = () => undefined; // the closing follows
    socket.on('error', ignore);
    turnstile.enter(household, connections, (admitted) => {
      socket.off('error', ignore);
      if (!admitted) return refuse(socket, secure);
      if (socket.destroyed) return turnstile.leave(household);
      socket.once('close', () => turnstile.leave(household));
      serve();
    });
  };

  const receive = (socket: Socket, rules: Admission, serve: () => void): void => {
    const address = plainAddress(socket.remoteAddress);
    if (!rules.proxyProtocol || !rules.trust.has(address)) {
      admit(socket, address, rules, serve);
      return;
    }
    readHeader(socket, within, (client) => {
      if (client === null) return serve();
      const key = keyOf(socket);
      announced.set(key, client);
      socket.once('close', () => announced.delete(key));
      admit(socket, plainAddress(client), rules, serve);
    });
  };

  return {
    guard(server) {
      const inside = server.listeners('connection') as ((socket: Socket) => void)[];
      server.removeAllListeners('connection');
      server.on('connection', (socket: Socket) => {
        const serve = () => {
          for (const listener of inside) listener.call(server, socket);
        };
        const rules = admission();
        if (rules === null) serve();
        else receive(socket, rules, serve);
      });
    },
    peerOf(socket) {
      const client = announced.size === 0 ? undefined : announced.get(keyOf(socket));
      return peerOf(client ?? socket.remoteAddress, isSecure(socket));
    },
  };
}

/** An address of IPv4; of IPv6 its network of 64 bits, since one client has all of that. */
function householdOf(address: string): string {
  if (!address.includes(':')) return address;
  const [before = '', after = ''] = address.split('::');
  const groups = before.split(':');
  const behind = after === '' ? [] : after.split(':');
  if (address.includes('::')) while (groups.length + behind.length < 8) groups.push('0');
  return [...groups, ...behind].slice(0, 4).join(':');
}

const keyOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

/** Reads the header alone; what is behind it can be read from the socket. A connection without one is closed. */
function readHeader(socket: Socket, within: number, done: (client: string | null) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  const finish = () => {
    clearTimeout(timer);
    socket.off('readable', onReadable);
    socket.off('error', onError);
  };
  const onError = () => finish();
  const onReadable = () => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    const header = readProxyHeader(bytes);
    if (header === 'more') return;
    finish();
    if (header === null) return void socket.destroy();
    if (header.length < bytes.length) socket.unshift(bytes.subarray(header.length));
    done(header.client);
  };
  const timer = setTimeout(() => socket.destroy(), within);
  socket.on('error', onError);
  socket.on('close', finish);
  socket.on('readable', onReadable);
}

/** Says why; over TLS there is nothing that could be said before the handshake, which is what it is to save. */
function refuse(socket: Socket, secure: boolean): void {
  socket.on('error', () => undefined);
  if (secure) return void socket.destroy();
  socket.end(lastWords(REFUSED), 'latin1');
  // Closing with the request unread would reset the connection before the answer is seen.
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), FAREWELL);
  socket.once('close', () => clearTimeout(timer));
}
