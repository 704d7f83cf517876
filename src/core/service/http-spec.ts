/**
 * What a router speaks to instances. `h2c`: HTTP/2 without TLS, begun with prior knowledge (RFC 9113, 3.3), as services of
 * gRPC want it.
 */
export type InstanceProtocol = 'http/1.1' | 'h2c';

/** How a router speaks HTTP for one service. All times milliseconds, all sizes bytes. */
export interface HttpSpec {
  readonly limits: RequestLimits;
  /** Begin a trace (W3C Trace Context) where the client brings none. One that it brings is always passed on. */
  readonly trace: boolean;
  /** Add `Via` in both directions (RFC 9110, 7.6.3). */
  readonly via: boolean;
  /** An instance that has become healthy while others are warm gets its whole share after this long. 0: at once. */
  readonly slowStart: number;
  /** Page of the router's own answers, a path within the release; null: a plain one. */
  readonly errorPage: string | null;
  /** Share of requests that are written to the access log, 0-1. */
  readonly accessLog: number;
  /** Absent: a release or a table of an earlier version of Teal, which means HTTP/1.1. */
  readonly protocol?: InstanceProtocol | undefined;
}

/** What one request, one connection and one client may ask for. null: as much as it likes. */
export interface RequestLimits {
  /** Request line and header lines together. */
  readonly headerSize: number;
  readonly headerLines: number;
  /** Length of the request's target. */
  readonly url: number;
  readonly body: number | null;
  /** From a request's head to the end of its answer. Event streams and tunnels are free. */
  readonly time: number | null;
  /** On one connection, which is closed politely then. */
  readonly requests: number | null;
  /** Connections of one address at the same time. A listener that several services share grants the most of them. */
  readonly connections: number | null;
  /** Requests at the same time on one instance. */
  readonly concurrency: number | null;
}

/** Heads are never larger than this, whatever a service allows. */
export const MOST_HEADER_SIZE = 65_536;
/** Nor have they more lines. */
export const MOST_HEADER_LINES = 500;

/** What a careful operator would choose. */
export const HTTP_DEFAULTS: HttpSpec = {
  limits: {
    headerSize: 16_384,
    headerLines: 200,
    url: 8_192,
    body: 104_857_600,
    time: 3_600_000,
    requests: 10_000,
    connections: 1_000,
    concurrency: null,
  },
  trace: true,
  via: false,
  slowStart: 10_000,
  errorPage: null,
  accessLog: 0,
  protocol: 'http/1.1',
};
