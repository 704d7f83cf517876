import type { ServerResponse } from 'node:http';

/**
 * Requests that a client sends ahead are begun one after the other: node's server would begin all of them, and their
 * answers would wait here. For connections that carry one request at a time.
 */
export interface Turns {
  /** Calls `serve` when the answers before this one are over; not at all where the connection has gone by then. */
  wait(connection: object, res: ServerResponse, serve: () => void): void;
  /** The last response that is due on a connection; null: all have gone out. */
  due(connection: object): ServerResponse | null;
}

export function createTurns(): Turns {
  const last = new WeakMap<object, ServerResponse>();
  return {
    wait(connection, res, serve) {
      const before = last.get(connection);
      last.set(connection, res);
      if (before === undefined || before.closed) return serve();
      before.once('close', () => {
        if (!res.destroyed) serve();
      });
    },
    due(connection) {
      const res = last.get(connection);
      return res === undefined || res.closed ? null : res;
    },
  };
}
