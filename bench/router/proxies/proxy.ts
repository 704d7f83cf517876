/** What every proxy is given. */
export interface Setting {
  /** A folder of its own. */
  readonly folder: string;
  /** Port of the instance that it leads to, on 127.0.0.1. */
  readonly instance: number;
  /** Files in PEM. */
  readonly cert: string;
  readonly key: string;
}

/**
 * Of the traceparent that peers add, of which Teal makes one for each request: a fixed one costs them the least, and the
 * bytes are the same.
 */
export const SPAN = '00f067aa0ba902b7';

/** A proxy at work, on one core. It adds the headers that Teal's router adds; Envoy and Caddy, which are far behind, no traceparent. */
export interface RunningProxy {
  readonly name: string;
  readonly port: number;
  /** By TLS, HTTP/1.1 and HTTP/2. null: not here. */
  readonly securePort: number | null;
  /** The process that does the work, or whose children do; all are counted. */
  readonly pid: number;
  stop(): Promise<void>;
}

/** A kind of proxy. */
export interface Peer {
  readonly name: string;
  /** How to get it, where it is missing; null: it is there. */
  missing(): string | null;
  start(setting: Setting): Promise<RunningProxy>;
}
