import type { IncomingHttpHeaders } from 'node:http';

/**
 * Reads one header of a request by its lower-case name; undefined where there is none. What decides where a request goes
 * asks in this way alone, so that it does not matter which transport read the head.
 */
export type ReadHeader = (name: string) => string | undefined;

/** From node's own parser. */
export const readerOf =
  (headers: IncomingHttpHeaders): ReadHeader =>
  (name) => {
    const value = headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
