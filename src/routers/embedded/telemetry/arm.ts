import type { Colour } from '../../../core/model.ts';
import { REQUEST_OUTCOMES, type RequestOutcome, type TrafficBlock } from '../../../core/ports.ts';
import { BUCKETS, bucketOf } from '../../../judge/histogram.ts';
import { type ClientSet, createClientSet } from './client-set.ts';
import {
  type ClientsOfMinute,
  createFirstRequestCounts,
  type FirstRequest,
  type FirstRequestCounts,
} from './first-requests.ts';

/** One release in one environment during one epoch: what a block is about. */
export interface Arm {
  readonly service: string;
  readonly environment: Colour;
  readonly release: string;
  readonly epoch: string;
  /** Requests begun and not ended; while there are any, the arm is kept. */
  open: number;
  seen(place: number): void;
  hurt(place: number): void;
  /** An assigned client while the candidate has `weight` (basis points, above 0). */
  arrived(place: number, weight: number): void;
  /**
   * An assigned client's request that came at `startedAt` (`performance.now()`), while the candidate had `weight` (basis
   * points). null: its client has come in this minute before.
   */
  first(place: number, weight: number, startedAt: number): FirstRequest | null;
  /** What becomes of first requests. */
  readonly firsts: Pick<FirstRequestCounts, 'end' | 'leave'>;
  /** As if a first request had never come; false: it is too late for that. */
  cancel(request: FirstRequest): boolean;
  /** `latency` in ms; null: this one has none (tunnels, event streams, requests that ended without an answer). */
  request(outcome: RequestOutcome, latency: number | null, bytesOut: number): void;
  /** What was counted since the last call, up to `now` (`performance.now()`); null where nothing was. */
  drain(now: number): ArmCounts | null;
}

export type ArmCounts = Pick<TrafficBlock, 'clients' | 'requests' | 'latency' | 'firsts' | 'bytesOut'>;

/** What a rollout's arms share. */
export interface RolloutClients {
  /** Clients hurt in this environment. */
  readonly hurt: ClientSet;
  /** Clients that came since the candidate has a share, to either environment. */
  readonly arrived: ClientSet;
  /** Clients of either environment in the running minute. */
  readonly ofMinute: ClientsOfMinute;
}

export function createArm(
  id: Pick<Arm, 'service' | 'environment' | 'release' | 'epoch'>,
  inRollout: RolloutClients,
): Arm {
  const seen = createClientSet();
  const hurt = createClientSet();
  /** Clients first seen since the last block. */
  let fresh = new Set<number>();
  const firsts = createFirstRequestCounts();
  let counts = emptyCounts();
  const latencies = new Uint32Array(BUCKETS);
  let touched = false;
  return {
    ...id,
    open: 0,
    firsts,
    seen(place) {
      if (!seen.add(place)) return;
      fresh.add(place);
      counts.clients.seen += 1;
      touched = true;
    },
    hurt(place) {
      if (hurt.add(place)) {
        counts.clients.hurt += 1;
        if (!fresh.has(place)) counts.clients.hurtLate += 1;
        touched = true;
      }
      if (inRollout.hurt.add(place)) {
        counts.clients.hurtInRollout += 1;
        touched = true;
      }
    },
    arrived(place, weight) {
      if (!inRollout.arrived.add(place)) return;
      counts.arrived.set(weight, (counts.arrived.get(weight) ?? 0) + 1);
      touched = true;
    },
    first(place, weight, startedAt) {
      return inRollout.ofMinute.add(place, startedAt) ? firsts.begin(place, weight, startedAt) : null;
    },
    cancel(request) {
      if (!firsts.cancel(request)) return false;
      inRollout.ofMinute.remove(request.place, request.startedAt);
      return true;
    },
    request(outcome, latency, bytesOut) {
      counts.requests[outcome] += 1;
      counts.bytesOut += bytesOut;
      touched = true;
      if (latency === null) return;
      latencies[bucketOf(latency * 1000)]! += 1;
    },
    drain(now) {
      const changed = firsts.drain(now);
      if (!touched && changed === undefined) return null;
      const { requests, bytesOut } = counts;
      const clients = { ...counts.clients, arrived: [...counts.arrived] };
      const latency = sparse(latencies);
      latencies.fill(0);
      counts = emptyCounts();
      fresh = new Set();
      touched = false;
      const base = { clients, requests, latency, bytesOut };
      return changed === undefined ? base : { ...base, firsts: changed };
    },
  };
}

function emptyCounts() {
  return {
    clients: { seen: 0, hurt: 0, hurtLate: 0, hurtInRollout: 0 },
    arrived: new Map<number, number>(),
    requests: Object.fromEntries(REQUEST_OUTCOMES.map((outcome) => [outcome, 0])) as Record<
      RequestOutcome,
      number
    >,
    bytesOut: 0,
  };
}

/** `[bucket, count]` of each bucket that counted something. */
function sparse(counts: Uint32Array): [number, number][] {
  const pairs: [number, number][] = [];
  counts.forEach((count, bucket) => {
    if (count > 0) pairs.push([bucket, count]);
  });
  return pairs;
}

/** Outcomes that hurt a client. */
export const isHurt = (outcome: RequestOutcome): boolean =>
  outcome === '5xx' || outcome === 'unreachable' || outcome === 'timed-out' || outcome === 'cut-off';
