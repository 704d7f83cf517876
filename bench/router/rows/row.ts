import type { Peer, RunningProxy } from '../proxies/proxy.ts';

/** What a row is measured with. */
export interface Measuring {
  readonly rounds: number;
  /** Of a round, for one proxy. */
  readonly ms: number;
  /** Port of the instance behind all proxies. */
  readonly instance: number;
  /** Starts a proxy and has it serve so much that its code is compiled. */
  start(peer: Peer): Promise<RunningProxy>;
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
