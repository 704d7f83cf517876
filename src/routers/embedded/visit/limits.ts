import { MOST_HEADER_SIZE } from '../../../core/service/http-spec.ts';

/** How long anybody may take, in ms, and how large a head may be, in bytes. */
export interface Limits {
  /** A request's head, from its first byte to its last. */
  readonly head: number;
  /** Silence in the middle of a request's body. */
  readonly bodyIdle: number;
  /** An idle connection of a client: longer than browsers and load balancers keep theirs, so that it is them who close. */
  readonly keepAlive: number;
  /** Whatever a service allows. */
  readonly headSize: number;
  /** A client that reads nothing of what waits for it. */
  readonly sendIdle: number;
  readonly connect: number;
  /** From the request's end to the head of the instance's answer. */
  readonly answerHead: number;
  /** An idle connection to an instance: below the 5 s after which Node's own server closes it. */
  readonly upstreamKeepAlive: number;
  readonly answerHeadSize: number;
  /** Waiting for an instance to have room, where all are as busy as they may be. */
  readonly room: number;
}

export const LIMITS: Limits = {
  head: 30_000,
  bodyIdle: 60_000,
  keepAlive: 75_000,
  headSize: MOST_HEADER_SIZE,
  sendIdle: 60_000,
  connect: 5_000,
  answerHead: 60_000,
  upstreamKeepAlive: 4_000,
  answerHeadSize: 65_536,
  room: 1_000,
};
