/** What the processes of switch-long.ts say to each other. Times in ms of `monotonic`, which all of them share. */

/** A switch that was decided at `began` and acknowledged at `obeyed`: until the next one begins nobody gets `old` any more. */
export interface Turn {
  readonly old: string;
  readonly began: number;
  readonly obeyed: number;
  readonly next: number;
}

export interface ClientsStart {
  readonly port: number;
  readonly securePort: number;
  readonly ca: string;
  readonly plain: number;
  readonly streams: number;
  readonly tunnels: number;
  readonly http2: number;
  /** Between two requests of each client, ms; 0: as many as there can be. */
  readonly pause: number;
}

/** What a process of clients has seen. */
export interface ClientsSeen {
  readonly sent: number;
  readonly failures: readonly string[];
  /** Requests that began after a switch was acknowledged and were answered by the environment before it. */
  readonly late: number;
  /** For each switch: after how many ms the last request began that the environment before it answered. */
  readonly untilLast: readonly number[];
}

export type ToClients =
  | { readonly kind: 'start'; readonly start: ClientsStart }
  | { readonly kind: 'stop'; readonly turns: readonly Turn[] };

export type FromClients =
  | { readonly kind: 'sent'; readonly sent: number }
  | { readonly kind: 'seen'; readonly seen: ClientsSeen };
