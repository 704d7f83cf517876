import type { Peer, RunningProxy } from '../proxies/proxy.ts';

/** What a row is measured with. */
export interface Measuring {
  readonly rounds: number;
  /** Of a round, for one proxy. */
  readonly ms: number;
  /**
   * Starts a proxy and has it serve so much that its code is compiled. `instance`: port of the one behind it; if none is
   * given, one for all rows.
   */
  start(peer: Peer, instance?: number): Promise<RunningProxy>;
}

/** One comparison. */
export interface Row {
  /** For `--row`. */
  readonly name: string;
  readonly title: string;
  readonly goal: string;
  readonly peers: readonly Peer[];
  readonly columns: readonly string[];
  /** Cells of each proxy, in the order of `peers`. */
  measure(peers: readonly Peer[], measuring: Measuring): Promise<(string | number)[][]>;
}
