/** Clients of a simulated service: who comes, to which release, and whom it hurts. */
import type { Moment, Unrest } from './climate.ts';
import type { Random } from './random.ts';
import type { LatencyModel } from './stopwatch.ts';

export interface Traffic {
  /** Visits a second, on average; of new clients, unless there is an `audience`. */
  readonly clientsPerSecond: number;
  /** Requests of one visit; it hurts where one of them fails. */
  readonly requestsPerClient: number;
  /** Share of stable's requests that fail, 0-1. */
  readonly baseRate: number;
  /** So many clients come again and again; null: every client comes once. */
  readonly audience: number | null;
  /**
   * How unequal the audience is: the exponent of a Pareto distribution of visit rates. 1.1: the most frequent hundredth makes
   * half of the visits. Absent: each comes as often as any other.
   */
  readonly tail?: number;
  /** What changes while the rollout goes on. Absent: nothing. */
  readonly unrest?: Unrest;
  /** How long stable's requests take. Absent: nothing is known of it, and latency is not judged. */
  readonly latency?: LatencyModel;
}

/** Where visits go, and what happens there. */
export interface Conditions extends Moment {
  /** Candidate's share of the clients, 0-1. */
  readonly share: number;
  /** Anything that changes with the router's epoch. */
  readonly epoch: string;
  /** A number of its own for each minute. */
  readonly minute: number;
}

export interface ArmVisits {
  readonly visits: number;
  /** Clients as the router counts them: once an arm and epoch. */
  readonly seen: number;
  readonly hurt: number;
  /** Of `hurt`, those who had come before. */
  readonly late: number;
  /** Clients that had not come in this minute and epoch, nor to the other arm. */
  readonly firsts: number;
}

export interface Visits {
  readonly stable: ArmVisits;
  readonly candidate: ArmVisits;
  /** Clients that candidate hurt for the first time. */
  readonly hurtFirst: number;
  /** Those among them that stable would have served, and all that a slower candidate has served. */
  readonly hurtMore: number;
}

/** Lets so many visits happen; a client keeps its arm while the share grows. */
export type Crowd = (visits: number, conditions: Conditions) => Visits;

/** A crowd for one rollout. */
export const crowdOf = (traffic: Traffic, random: Random): Crowd =>
  traffic.audience === null ? strangers(traffic, random) : regulars(traffic, traffic.audience, random);

/** Share of clients that a release hurts which fails `rate` of its requests. */
export const clientRate = (
  rate: number,
  { requestsPerClient }: Pick<Traffic, 'requestsPerClient'>,
): number => (rate >= 1 ? 1 : -Math.expm1(requestsPerClient * Math.log1p(-rate)));

/** The router counts every client anew so often. */
export const EPOCH_SECONDS = 600;

/** Everybody comes once, so numbers are enough. */
function strangers(traffic: Traffic, random: Random): Crowd {
  return (visits, { share, stable, candidate, broken, slowness }) => {
    const p0 = clientRate(stable, traffic);
    const p1 = 1 - (1 - clientRate(candidate, traffic)) * (1 - broken);
    const there = random.binomial(visits, share);
    const hurt = random.binomial(there, p1);
    const rest = visits - there;
    return {
      stable: { visits: rest, seen: rest, hurt: random.binomial(rest, p0), late: 0, firsts: rest },
      candidate: { visits: there, seen: there, hurt, late: 0, firsts: there },
      hurtFirst: hurt,
      // The same chance decides with either release: whom stable would have hurt, a worse one hurts too.
      hurtMore: slowness > 1 ? there : p1 > p0 ? random.binomial(hurt, 1 - p0 / p1) : 0,
    };
  };
}

/** Each client is remembered: in which arm and epoch it was last seen and hurt. Its number is its bucket. */
function regulars(traffic: Traffic, audience: number, random: Random): Crowd {
  const next = visitorsOf(audience, traffic.tail, random);
  const seenIn = new Int32Array(audience);
  const seenAt = new Int32Array(audience);
  const timedIn = new Float64Array(audience).fill(-1);
  const hurtIn = new Int32Array(audience);
  const hurtBefore = new Uint8Array(audience);
  const hurtMoreBefore = new Uint8Array(audience);
  const constitution = Float64Array.from({ length: audience }, () => random.uniform());
  let [epochs, calls] = [0, 0];
  let last = '';
  return (visits, { share, stable, candidate, broken, slowness, epoch, minute }) => {
    if (epoch !== last) epochs++;
    last = epoch;
    calls++;
    const p0 = clientRate(stable, traffic);
    const p1 = clientRate(candidate, traffic);
    const arms = {
      stable: { visits: 0, seen: 0, hurt: 0, late: 0, firsts: 0 },
      candidate: { visits: 0, seen: 0, hurt: 0, late: 0, firsts: 0 },
    };
    let [hurtFirst, hurtMore] = [0, 0];
    for (let visit = 0; visit < visits; visit++) {
      const client = next();
      const isCandidate = client < share * audience;
      const arm = isCandidate ? arms.candidate : arms.stable;
      arm.visits++;
      const mark = 2 * epochs + (isCandidate ? 1 : 0);
      if (seenIn[client] !== mark) {
        arm.seen++;
        seenAt[client] = calls;
      }
      seenIn[client] = mark;
      if (timedIn[client] !== minute) arm.firsts++;
      timedIn[client] = minute;
      if (isCandidate && slowness > 1 && !hurtMoreBefore[client]) {
        hurtMore++;
        hurtMoreBefore[client] = 1;
      }
      const luck = random.uniform();
      const isBroken = isCandidate && constitution[client]! < broken;
      if (!isBroken && luck >= (isCandidate ? p1 : p0)) continue;
      if (hurtIn[client] !== mark) {
        arm.hurt++;
        if (seenAt[client] !== calls) arm.late++;
      }
      hurtIn[client] = mark;
      if (!isCandidate) continue;
      if (!hurtBefore[client]) hurtFirst++;
      hurtBefore[client] = 1;
      if (luck < p0) continue;
      if (!hurtMoreBefore[client]) hurtMore++;
      hurtMoreBefore[client] = 1;
    }
    return { ...arms, hurtFirst, hurtMore };
  };
}

/** Who comes next: anybody, or by visit rates that differ from client to client. */
function visitorsOf(audience: number, tail: number | undefined, random: Random): () => number {
  if (tail === undefined) return () => Math.floor(random.uniform() * audience);
  const upTo = new Float64Array(audience);
  let sum = 0;
  for (let client = 0; client < audience; client++) {
    sum += visitRate(tail, random);
    upTo[client] = sum;
  }
  return () => {
    const at = random.uniform() * sum;
    let [low, high] = [0, audience - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (upTo[middle]! > at) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** Nobody comes more than this many times as often as the rarest. */
const MOST_FREQUENT = 10_000;

const visitRate = (tail: number, random: Random): number =>
  Math.min(MOST_FREQUENT, (1 - random.uniform()) ** (-1 / tail));
