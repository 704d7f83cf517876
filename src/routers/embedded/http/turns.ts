import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** As many as this wait, each with what node has made of it; those behind them wait in the kernel. */
const MOST_WAITING = 16;

/**
 * Requests that a client sends ahead are begun one after the other: node's server would begin all of them, and their
 * answers would wait here. For connections that carry one request at a time.
 */
export interface Turns {
  /** Calls `serve` when the answers before this one are over; not at all where the connection has gone by then. */
  wait(connection: Socket, res: ServerResponse, serve: () => void): void;
  /** The last response that is due on a connection; null: all have gone out. */
  due(connection: object): ServerResponse | null;
}

interface Line {
  last: ServerResponse;
  waiting: number;
}

export function createTurns(): Turns {
  const lines = new WeakMap<object, Line>();
  return {
    wait(connection, res, serve) {
      const line = lines.get(connection);
      if (line === undefined || line.last.closed) {
        lines.set(connection, { last: res, waiting: 0 });
        return serve();
      }
      const before = line.last;
      line.last = res;
      line.waiting += 1;
      process.nextTick(hold, connection, line);
      before.once('close', () => {
        line.waiting -= 1;
        if (line.waiting === MOST_WAITING - 1) connection.resume();
        if (!res.destroyed) serve();
        setImmediate(hold, connection, line);
      });
    },
    due(connection) {
      const last = lines.get(connection)?.last;
      return last === undefined || last.closed ? null : last;
    },
  };
}

/** Later than the request or the answer that is the reason: node goes on reading with each of both. */
function hold(connection: Socket, { waiting }: Line): void {
  if (waiting >= MOST_WAITING) connection.pause();
}
