import type { Colour } from '../../../core/model.ts';
import type { RequestOutcome, TrafficBlock } from '../../../core/ports.ts';
import { type ClientSetState, createClientSet } from './clients/client-set.ts';
import type { RolloutClients } from './clients/rollout-clients.ts';
import {
  createFirstRequestCounts,
  type FirstRequest,
  type FirstRequestEnds,
  type FirstRequestState,
} from './firsts/first-requests.ts';
import { createRequestSums, noSums } from './request-sums.ts';

/** Which release, in which environment, during which epoch. */
export interface ArmId {
  readonly service: string;
  readonly environment: Colour;
  readonly release: string;
  readonly epoch: string;
}

/** Takes down what happens in one arm. */
export interface Tally extends ArmId {
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
  readonly firsts: FirstRequestEnds;
  /** As if a first request had never come; false: it is too late for that. */
  cancel(request: FirstRequest): boolean;
  /** `latency` in ms; null: this one has none (tunnels, event streams, requests that ended without an answer). */
  request(outcome: RequestOutcome, latency: number | null, bytesOut: number): void;
}

/** What a block is about. */
export interface Arm extends Tally {
  /** Requests that another process has counted. */
  add(sums: RequestSums): void;
  /** What was counted since the last call, up to `now` (`performance.now()`); null where nothing was. */
  drain(now: number): ArmCounts | null;
  /** All that it knows, right after it was drained. */
  state(): ArmState;
  /** Where a first request in flight is in `firsts` of the state. */
  indexOf(request: FirstRequest): number;
  /** Those first requests that were in flight in the state that it was made of, in its order. */
  readonly restored: readonly FirstRequest[];
}

/** An arm that has been drained, for another process. */
export interface ArmState {
  readonly seen: ClientSetState;
  readonly hurt: ClientSetState;
  readonly firsts: readonly FirstRequestState[];
}

export type ArmCounts = Pick<TrafficBlock, 'clients' | 'firsts'> & RequestSums;
export type RequestSums = Pick<TrafficBlock, 'requests' | 'latency' | 'bytesOut'>;

/** An arm that counts for blocks; `from`: where another process stopped. */
export function createArm(id: ArmId, inRollout: RolloutClients, from?: ArmState): Arm {
  const seen = createClientSet(from?.seen);
  const hurt = createClientSet(from?.hurt);
  /** Clients first seen since the last block. */
  let fresh = new Set<number>();
  const firsts = createFirstRequestCounts();
  const sums = createRequestSums();
  let counts = emptyCounts();
  let touched = false;
  return {
    ...id,
    open: 0,
    firsts,
    restored: firsts.restore(from?.firsts ?? []),
    indexOf: (request) => firsts.indexOf(request as Parameters<typeof firsts.indexOf>[0]),
    state: () => ({ seen: seen.state(), hurt: hurt.state(), firsts: firsts.state() }),
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
      if (!firsts.cancel(request as Parameters<typeof firsts.cancel>[0])) return false;
      inRollout.ofMinute.remove(request.place, request.startedAt);
      return true;
    },
    request: (outcome, latency, bytesOut) => sums.request(outcome, latency, bytesOut),
    add: (others) => sums.add(others),
    drain(now) {
      const changed = firsts.drain(now);
      const requests = sums.drain();
      if (!touched && requests === null && changed === undefined) return null;
      const clients = { ...counts.clients, arrived: [...counts.arrived] };
      counts = emptyCounts();
      fresh = new Set();
      touched = false;
      const base = { clients, ...(requests ?? noSums()) };
      return changed === undefined ? base : { ...base, firsts: changed };
    },
  };
}

function emptyCounts() {
  return {
    clients: { seen: 0, hurt: 0, hurtLate: 0, hurtInRollout: 0 },
    arrived: new Map<number, number>(),
  };
}

/** Outcomes that hurt a client. */
export const isHurt = (outcome: RequestOutcome): boolean =>
  outcome === '5xx' || outcome === 'unreachable' || outcome === 'timed-out' || outcome === 'cut-off';
