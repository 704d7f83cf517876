import { lookup } from 'node:dns/promises';
import net, { isIP } from 'node:net';
import { getSystemErrorName } from 'node:util';
import type { SocketAddress } from '../listen/listeners.ts';

/** A bound socket that a parent holds and its workers listen on. */
export interface HeldSocket {
  readonly name: string;
  readonly port: number;
  /** To be sent to a worker; closed by {@link HeldSockets.keep} alone. */
  readonly handle: Handle;
}

/**
 * The listening sockets of all workers. Each is one socket of the kernel with one queue of new connections, which any
 * worker accepts from: one that ends, however it ends, takes none of them with it.
 */
export interface HeldSockets {
  /** The one of this name, bound if there is none. Rejects with an error that has the system's `code`. */
  open(address: SocketAddress): Promise<HeldSocket>;
  /** Closes all others. */
  keep(names: ReadonlySet<string>): void;
}

/** Where a socket comes from that is not held yet. Rejects with an error that has the system's `code`. */
export type SocketSource = (address: SocketAddress) => Promise<HeldSocket>;

/** A TCP handle of node's. */
export interface Handle {
  getsockname(out: { port?: number }): number;
  close(): void;
}

export function createHeldSockets(source: SocketSource = bindSocket): HeldSockets {
  const held = new Map<string, Promise<HeldSocket>>();
  const settled = new Map<string, HeldSocket>();
  return {
    open(address) {
      const { name } = address;
      const known = held.get(name);
      if (known !== undefined) return known;
      const opening = source(address);
      held.set(name, opening);
      opening.then(
        (socket) => settled.set(name, socket),
        () => held.delete(name),
      );
      return opening;
    },
    keep(names) {
      for (const [name, socket] of settled) {
        if (names.has(name)) continue;
        socket.handle.close();
        settled.delete(name);
        held.delete(name);
      }
    },
  };
}

/** Binds without listening: the kernel listens once the first worker does, and this process accepts nothing. */
export async function bindSocket({ name, address, port }: SocketAddress): Promise<HeldSocket> {
  const found = isIP(address) === 0 ? await lookup(address) : { address, family: isIP(address) };
  let handle = createHandle(found.address, port, found.family);
  if (handle === 'EAFNOSUPPORT' && found.address === '::') handle = createHandle('0.0.0.0', port, 4);
  if (typeof handle === 'string') throw failure(handle, address, port);
  const bound: { port?: number } = {};
  // libuv tells only here that the port is taken.
  const error = handle.getsockname(bound);
  if (error === 0) return { name, handle, port: bound.port! };
  handle.close();
  throw failure(getSystemErrorName(error), address, port);
}

/** The name of an error where it fails. */
function createHandle(address: string, port: number, family: number): Handle | string {
  // What node's own cluster holds its sockets with: there is no documented way to bind without accepting.
  const { _createServerHandle: create } = net as unknown as {
    _createServerHandle(address: string, port: number, family: number, fd: number, flags: number): unknown;
  };
  const handle = create(address, port, family, -1, 0);
  return typeof handle === 'number' ? getSystemErrorName(handle) : (handle as Handle);
}

const failure = (code: string, address: string, port: number) =>
  Object.assign(new Error(`bind ${code} ${address}:${port}`), { code });
