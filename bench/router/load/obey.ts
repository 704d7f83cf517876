/** What a load is asked for. */
export interface Order {
  readonly port: number;
  readonly tls: boolean;
  /** Bytes of each answer or message. */
  readonly size: number;
  readonly connections: number;
  readonly ms: number;
  /** Requests a second; 0: as many as it can. */
  readonly rate: number;
}

/** What came of it. */
export interface LoadResult {
  /** Answers or messages that were right, in status, length and every byte. */
  readonly right: number;
  readonly wrong: number;
  /** ms that the slowest hundredth took or more; 0 where that is not measured. */
  readonly p99: number;
  /** Of a load that is more than can be served. */
  readonly overload?: Overload;
}

/** What came of more requests than can be served. */
export interface Overload {
  readonly served: Taken;
  /** With 503. */
  readonly refused: Taken;
  /** Requests that found no connection free at the end. */
  readonly unsent: number;
}

/** Answers a second, and what they took, in ms; null where there was none. */
export interface Taken {
  readonly rate: number;
  readonly p50: number | null;
  readonly p99: number | null;
}

/**
 * Makes this process a load: it stays for a whole benchmark, so that its code is compiled once and does not vary between
 * rounds, and works off the orders of its parent. `steady`: to be called once what is measured begins, with all connections
 * open where they stay so.
 */
export function obey(run: (order: Order, steady: () => void) => Promise<LoadResult>): void {
  const steady = () => void process.send!('steady');
  process.on('message', (order: Order) => {
    run(order, steady).then((result) => process.send!(result));
  });
}

export const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
