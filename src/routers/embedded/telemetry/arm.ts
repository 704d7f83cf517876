import type { Colour } from '../../../core/model.ts';
import { REQUEST_OUTCOMES, type RequestOutcome, type TrafficBlock } from '../../../core/ports.ts';
import { bucketOf } from '../../../judge/histogram.ts';
import { type ClientSet, createClientSet } from './client-set.ts';

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
  /** `latency` in ms; null: this one has none (tunnels, event streams, requests that ended without an answer). */
  request(outcome: RequestOutcome, latency: number | null, bytesOut: number): void;
  /** What was counted since the last call; null where nothing was. */
  drain(): ArmCounts | null;
}

export type ArmCounts = Pick<TrafficBlock, 'clients' | 'requests' | 'latency' | 'bytesOut'>;

/** `hurtInRollout` is shared by all arms of a rollout in this environment. */
export function createArm(
  id: Pick<Arm, 'service' | 'environment' | 'release' | 'epoch'>,
  hurtInRollout: ClientSet,
): Arm {
  const seen = createClientSet();
  const hurt = createClientSet();
  let counts = emptyCounts();
  let touched = false;
  return {
    ...id,
    open: 0,
    seen(place) {
      if (!seen.add(place)) return;
      counts.clients.seen += 1;
      touched = true;
    },
    hurt(place) {
      if (hurt.add(place)) {
        counts.clients.hurt += 1;
        touched = true;
      }
      if (hurtInRollout.add(place)) {
        counts.clients.hurtInRollout += 1;
        touched = true;
      }
    },
    request(outcome, latency, bytesOut) {
      counts.requests[outcome] += 1;
      counts.bytesOut += bytesOut;
      touched = true;
      if (latency === null) return;
      const bucket = bucketOf(latency * 1000);
      counts.latency.set(bucket, (counts.latency.get(bucket) ?? 0) + 1);
    },
    drain() {
      if (!touched) return null;
      const { clients, requests, bytesOut } = counts;
      const latency = [...counts.latency].sort((a, b) => a[0] - b[0]);
      counts = emptyCounts();
      touched = false;
      return { clients, requests, latency, bytesOut };
    },
  };
}

function emptyCounts() {
  return {
    clients: { seen: 0, hurt: 0, hurtInRollout: 0 },
    requests: Object.fromEntries(REQUEST_OUTCOMES.map((outcome) => [outcome, 0])) as Record<
      RequestOutcome,
      number
    >,
    latency: new Map<number, number>(),
    bytesOut: 0,
  };
}

/** Outcomes that hurt a client. */
export const isHurt = (outcome: RequestOutcome): boolean =>
  outcome === '5xx' || outcome === 'unreachable' || outcome === 'timed-out' || outcome === 'cut-off';
