import { Server as NetServer, type Server } from 'node:net';
import type { Logger } from '../../../system/log.ts';
import type { Front } from '../http/front.ts';

const RETRY = 1_000;
const SWEEP = 250;

/** An address that should be listened on. */
export interface WantedListener {
  readonly address: string;
  /** 0: any free one. */
  readonly port: number;
  /** The server behind it; called once for each time it has to be opened. */
  readonly serve: () => Front;
}

/** A socket to listen on. */
export interface SocketAddress {
  /** The same one has the same name in every process of a router. */
  readonly name: string;
  readonly address: string;
  /** 0: any free one. */
  readonly port: number;
}

/** Makes the server listen; resolves with the port, or rejects with an error that has a `code` of the system's. */
export type OpenSocket = (server: Server, socket: SocketAddress) => Promise<number>;

/** What became of it. */
export interface ListenerState {
  /** null while it does not listen. */
  readonly port: number | null;
  readonly problem: string | null;
}

/** Opens and closes listening sockets until they are those that are wanted. */
export interface Listeners {
  /**
   * Resolves when every new one has been tried. One that cannot be opened is tried again each second, and concerns no
   * other. One that is no longer wanted takes no new connections; what is in flight on it ends.
   */
  converge(wanted: ReadonlyMap<string, WantedListener>): Promise<void>;
  state(key: string): ListenerState;
  /** Open ones of clients, on listeners that take new ones. */
  connections(): Promise<number>;
  /** Names of the sockets that are wanted. */
  sockets(): readonly string[];
  /** Takes no new connections, and opens nothing more; resolves when the last one has ended by itself, also where it was not wanted any more. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

interface Open {
  readonly socket: SocketAddress;
  front: Front;
  port: number | null;
  problem: string | null;
  retry: NodeJS.Timeout | null;
  tried: Promise<void>;
  unwanted: boolean;
}

export function createListeners(log: Logger, openSocket: OpenSocket): Listeners {
  const open = new Map<string, Open>();
  const closing = new Set<Promise<void>>();
  let leaves = false;

  const tryOpen = async (wanted: WantedListener, entry: Open): Promise<void> => {
    const { address } = wanted;
    try {
      const { server } = entry.front;
      entry.port = await openSocket(server, entry.socket);
      server.on('error', (error) => log.error({ err: error, address }, 'a listener met an error'));
      if (entry.problem !== null) log.info({ address, port: entry.port }, 'listening after all');
      entry.problem = null;
    } catch (error) {
      const problem = problemOf(error as NodeJS.ErrnoException, address, wanted.port);
      if (entry.problem !== problem) log.error({ address, port: wanted.port, problem }, 'cannot listen');
      entry.problem = problem;
      if (entry.unwanted) return;
      entry.front = wanted.serve();
      entry.retry = setTimeout(() => {
        entry.tried = tryOpen(wanted, entry);
      }, RETRY);
    }
    if (entry.unwanted) shut(entry);
  };

  const shut = (entry: Open): void => {
    entry.unwanted = true;
    if (entry.retry !== null) clearTimeout(entry.retry);
    const { front } = entry;
    if (!front.server.listening) return;
    // Connections that were busy when it closed are closed once they are idle.
    const sweep = setInterval(() => front.closeIdle(), SWEEP);
    const closed = new Promise<void>((resolve) => {
      front.server.close(() => {
        clearInterval(sweep);
        resolve();
      });
      front.closeIdle();
    });
    closing.add(closed);
    closed.then(() => closing.delete(closed));
  };

  return {
    async converge(wanted) {
      for (const [key, entry] of open) {
        if (wanted.has(key)) continue;
        open.delete(key);
        shut(entry);
      }
      const tried: Promise<void>[] = [];
      for (const [key, listener] of wanted) {
        const known = open.get(key);
        if (known !== undefined) {
          tried.push(known.tried);
          continue;
        }
        // Another process opens it, and would find it taken.
        if (leaves) continue;
        const entry: Open = {
          socket: socketOf(key, listener),
          front: listener.serve(),
          port: null,
          problem: null,
          retry: null,
          tried: Promise.resolve(),
          unwanted: false,
        };
        open.set(key, entry);
        entry.tried = tryOpen(listener, entry);
        tried.push(entry.tried);
      }
      await Promise.all(tried);
    },
    state(key) {
      const entry = open.get(key);
      return { port: entry?.port ?? null, problem: entry?.problem ?? null };
    },
    async connections() {
      const counts = await Promise.all([...open.values()].map(({ front }) => connectionsOf(front.server)));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    sockets: () => [...open.values()].map(({ socket }) => socket.name),
    async drain() {
      leaves = true;
      for (const entry of open.values()) {
        entry.unwanted = true;
        if (entry.retry !== null) clearTimeout(entry.retry);
      }
      const ended = [...open.values()].map(({ front }) => stopAccepting(front.server));
      for (const { front } of open.values()) front.leave();
      await Promise.all([...ended, ...closing]);
    },
    async close() {
      for (const entry of open.values()) shut(entry);
      open.clear();
      await Promise.all(closing);
    },
  };
}

/** Resolves when the last connection has ended. HTTP's own `close` would close idle connections, with requests on their way. */
function stopAccepting(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (server.listening) NetServer.prototype.close.call(server, () => resolve());
    else resolve();
  });
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

/** A port has one socket, whatever is spoken on it. */
const socketOf = (key: string, { address, port }: WantedListener): SocketAddress => ({
  name: port === 0 ? key : `${address}\n${port}`,
  address,
  port,
});

function problemOf({ code, message }: NodeJS.ErrnoException, address: string, port: number): string {
  if (code === 'EADDRINUSE') return `Port ${port} of ${address} is taken by another program.`;
  if (code === 'EACCES') return `The router may not listen on port ${port} of ${address}.`;
  if (code === 'EADDRNOTAVAIL') return `${address} is no address of this machine.`;
  return `Cannot listen on port ${port} of ${address}: ${message}`;
}
