import type { ArmId, RequestSums, Tally } from './arm.ts';
import { createClientSet } from './clients/client-set.ts';
import type { RolloutClients } from './clients/rollout-clients.ts';
import { createFirstNoter, type FirstNotes } from './firsts/first-notes.ts';
import { createRequestSums } from './request-sums.ts';

/**
 * What happened in an arm of one worker, for the process that counts over all of them. Clients are named by their
 * places: only who knows all workers can tell whether one is new.
 */
export interface ArmNotes {
  readonly seen: readonly number[];
  readonly hurt: readonly number[];
  /** Pairs [place, candidate's weight]. */
  readonly arrived: readonly (readonly [number, number])[];
  readonly sums: RequestSums | null;
  readonly firsts: FirstNotes | null;
}

/** An arm that takes notes instead of counting. */
export interface NotedArm extends Tally {
  /** What happened since the last call; null: nothing. */
  drain(): ArmNotes | null;
}

/** Notes each client once: its own sets keep the notes short. */
export function createNotedArm(id: ArmId, inRollout: RolloutClients): NotedArm {
  const seen = createClientSet();
  const hurt = createClientSet();
  const sums = createRequestSums();
  const firsts = createFirstNoter();
  let notes = emptyNotes();
  return {
    ...id,
    open: 0,
    firsts,
    seen(place) {
      if (seen.add(place)) notes.seen.push(place);
    },
    hurt(place) {
      if (hurt.add(place)) notes.hurt.push(place);
    },
    arrived(place, weight) {
      if (inRollout.arrived.add(place)) notes.arrived.push([place, weight]);
    },
    first(place, weight, startedAt) {
      return inRollout.ofMinute.add(place, startedAt) ? firsts.begin(place, weight, startedAt) : null;
    },
    cancel(request) {
      if (!firsts.cancel(request)) return false;
      inRollout.ofMinute.remove(request.place, request.startedAt);
      return true;
    },
    request: (outcome, latency, bytesOut) => sums.request(outcome, latency, bytesOut),
    drain() {
      const told = { ...notes, sums: sums.drain(), firsts: firsts.drain() };
      const clients = told.seen.length + told.hurt.length + told.arrived.length;
      if (clients === 0 && told.sums === null && told.firsts === null) return null;
      notes = emptyNotes();
      return told;
    },
  };
}

const emptyNotes = () => ({
  seen: [] as number[],
  hurt: [] as number[],
  arrived: [] as (readonly [number, number])[],
});
