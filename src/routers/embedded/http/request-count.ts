/** How many requests each connection has brought. */
export interface RequestCount {
  /** Counts one; whether it is the last that the connection may bring. `most`: null for any number. */
  isLast(connection: object, most: number | null): boolean;
}

export function countRequests(): RequestCount {
  const counts = new WeakMap<object, number>();
  return {
    isLast(connection, most) {
      const count = (counts.get(connection) ?? 0) + 1;
      counts.set(connection, count);
      return most !== null && count >= most;
    },
  };
}
