/** Clients of a simulated service: who comes, to which release, and whom it hurts. */
import type { Random } from './random.ts';

export interface Traffic {
  /** Visits a second; of new clients, unless there is an `audience`. */
  readonly clientsPerSecond: number;
  /** Requests of one visit; it hurts where one of them fails. */
  readonly requestsPerClient: number;
  /** Share of stable's requests that fail, 0-1. */
  readonly baseRate: number;
  /** So many clients come again and again, each as often as any other; null: every client comes once. */
  readonly audience: number | null;
}

/** Where visits go, and what happens there. */
export interface Conditions {
  /** Candidate's share of the clients, 0-1. */
  readonly share: number;
  /** Share of candidate's requests that fail, 0-1. */
  readonly rate: number;
  /** Anything that changes with the router's epoch. */
  readonly epoch: string;
}

export interface ArmVisits {
  readonly visits: number;
  /** Clients as the router counts them: once an arm and epoch. */
  readonly seen: number;
  readonly hurt: number;
}

export interface Visits {
  readonly stable: ArmVisits;
  readonly candidate: ArmVisits;
  /** Clients that candidate hurt for the first time. */
  readonly hurtFirst: number;
  /** Those among them that stable would have served. */
  readonly hurtMore: number;
}

export interface Crowd {
  /** Visits in so many seconds. */
  visit(seconds: number, conditions: Conditions): Visits;
  /** The same, given that there is at least one visit. */
  visitAtLeastOne(seconds: number, conditions: Conditions): Visits;
}

/** A crowd for one rollout; a client keeps its arm while the share grows. */
export function crowdOf(traffic: Traffic, random: Random): Crowd {
  const arrive =
    traffic.audience === null ? strangers(traffic, random) : regulars(traffic, traffic.audience, random);
  const mean = (seconds: number) => traffic.clientsPerSecond * seconds;
  return {
    visit: (seconds, conditions) => arrive(random.poisson(mean(seconds)), conditions),
    visitAtLeastOne: (seconds, conditions) => arrive(poissonAboveZero(mean(seconds), random), conditions),
  };
}

type Arrive = (visits: number, conditions: Conditions) => Visits;

/** Share of clients that a release hurts which fails `rate` of its requests. */
export const clientRate = (rate: number, { requestsPerClient }: Traffic): number =>
  rate >= 1 ? 1 : -Math.expm1(requestsPerClient * Math.log1p(-rate));

/** The router counts every client anew so often. */
export const EPOCH_SECONDS = 600;
const EPOCHS_A_DAY = 144;
const TENS_A_DAY = 8_640;

/** What stable did in the last 24 hours, as the router counted it. */
export function pastOf(traffic: Traffic, random: Random): { readonly n: number; readonly bad: number } {
  const { clientsPerSecond, audience } = traffic;
  const visits = clientsPerSecond * EPOCH_SECONDS * EPOCHS_A_DAY;
  const p0 = clientRate(traffic.baseRate, traffic);
  if (audience === null) {
    const n = random.poisson(visits);
    return { n, bad: random.binomial(n, p0) };
  }
  // A client's visits in an epoch are a Poisson number, and so are those that hurt it.
  const each = visits / EPOCHS_A_DAY / audience;
  const n = random.binomial(EPOCHS_A_DAY * audience, -Math.expm1(-each));
  return { n, bad: random.binomial(n, Math.expm1(-each * p0) / Math.expm1(-each)) };
}

/** Most clients that came in any ten seconds of the last 24 hours, as the router counted them. */
export function busiestBefore({ clientsPerSecond, audience }: Traffic, random: Random): number {
  const visits = clientsPerSecond * 10;
  let most = 0;
  if (audience === null) {
    for (let slot = 0; slot < TENS_A_DAY; slot++) most = Math.max(most, random.poisson(visits));
    return most;
  }
  // Clients who stay are counted when an epoch begins, and hardly after that.
  const share = -Math.expm1(-visits / audience);
  for (let epoch = 0; epoch < EPOCHS_A_DAY; epoch++) most = Math.max(most, random.binomial(audience, share));
  return most;
}

/** Everybody comes once, so numbers are enough. */
function strangers(traffic: Traffic, random: Random): Arrive {
  const p0 = clientRate(traffic.baseRate, traffic);
  return (visits, { share, rate }) => {
    const p1 = clientRate(rate, traffic);
    const candidate = random.binomial(visits, share);
    const hurt = random.binomial(candidate, p1);
    const stable = visits - candidate;
    return {
      stable: { visits: stable, seen: stable, hurt: random.binomial(stable, p0) },
      candidate: { visits: candidate, seen: candidate, hurt },
      hurtFirst: hurt,
      // The same chance decides with either release: whom stable would have hurt, a worse one hurts too.
      hurtMore: p1 > p0 ? random.binomial(hurt, 1 - p0 / p1) : 0,
    };
  };
}

/** Each client is remembered: in which arm and epoch it was last seen and hurt. Its number is its bucket. */
function regulars(traffic: Traffic, audience: number, random: Random): Arrive {
  const seenIn = new Int32Array(audience);
  const hurtIn = new Int32Array(audience);
  const hurtBefore = new Uint8Array(audience);
  const hurtMoreBefore = new Uint8Array(audience);
  const p0 = clientRate(traffic.baseRate, traffic);
  let epochs = 0;
  let last = '';
  return (visits, { share, rate, epoch }) => {
    if (epoch !== last) epochs++;
    last = epoch;
    const p1 = clientRate(rate, traffic);
    const arms = { stable: { visits: 0, seen: 0, hurt: 0 }, candidate: { visits: 0, seen: 0, hurt: 0 } };
    let [hurtFirst, hurtMore] = [0, 0];
    for (let visit = 0; visit < visits; visit++) {
      const client = Math.floor(random.uniform() * audience);
      const isCandidate = client < share * audience;
      const arm = isCandidate ? arms.candidate : arms.stable;
      arm.visits++;
      const mark = 2 * epochs + (isCandidate ? 1 : 0);
      if (seenIn[client] !== mark) arm.seen++;
      seenIn[client] = mark;
      const luck = random.uniform();
      if (luck >= (isCandidate ? p1 : p0)) continue;
      if (hurtIn[client] !== mark) arm.hurt++;
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

/** The first visit comes at a time that is exponential and cut off; the rest is a Poisson number in what is left. */
function poissonAboveZero(mean: number, random: Random): number {
  const first = -Math.log1p(random.uniform() * Math.expm1(-mean));
  return 1 + random.poisson(Math.max(0, mean - first));
}
