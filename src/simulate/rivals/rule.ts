/** The rules of other tools, as machines that are shown the counts of every ten seconds. */

/** Requests of one arm. */
export interface Requests {
  readonly n: number;
  readonly bad: number;
}

export interface Slot {
  readonly stable: Requests;
  readonly candidate: Requests;
}

/** Length of a slot, seconds: what Argo waits before it asks again. */
export const SLOT_SECONDS = 10;

export interface Ruling {
  /** Candidate's share of the traffic from now on, 0-1. */
  readonly share: number;
  /** null: it goes on. */
  readonly end: 'promoted' | 'rolled-back' | null;
}

/** A rollout under one rule. */
export interface RuleRun {
  /** At the beginning. */
  readonly share: number;
  /** After one more slot. */
  next(slot: Slot): Ruling;
}

export interface Rule {
  readonly name: string;
  /** Its settings in one line. */
  readonly settings: string;
  begin(): RuleRun;
}

/** Counts of the last `seconds`. */
export function windowOf(seconds: number): { add(requests: Requests): void; sum(): Requests } {
  const size = Math.round(seconds / SLOT_SECONDS);
  let slots: readonly Requests[] = [];
  return {
    add(requests) {
      slots = [...slots, requests].slice(-size);
    },
    sum: () =>
      slots.reduce((total, { n, bad }) => ({ n: total.n + n, bad: total.bad + bad }), { n: 0, bad: 0 }),
  };
}
