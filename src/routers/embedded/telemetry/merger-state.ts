import type { ArmId, ArmState } from './arm.ts';
import type { RolloutClientsState } from './clients/rollout-clients.ts';
import type { Report } from './reporter.ts';

/** Everything that a merger knows, right after it has cut its blocks: for another process. Survives a structured clone. */
export interface MergerState {
  readonly arms: readonly MergedState[];
  readonly sources: readonly SourceState[];
  /** [service and environment, rollout, its clients]. */
  readonly rollouts: readonly (readonly [string, string, RolloutClientsState])[];
  /** Services that are to be forgotten. */
  readonly gone: readonly string[];
}

/** An arm over all workers. */
export interface MergedState {
  readonly id: ArmId;
  readonly counts: ArmState;
  /** Of its rollout; the same object as that of other arms that share it. */
  readonly clients: RolloutClientsState;
  readonly unheld: number;
}

/** One worker, and which arms it reports of. */
export interface SourceState {
  readonly worker: string;
  readonly shares: readonly ShareState[];
  readonly inFlight: Report['inFlight'];
}

/** An arm as one worker sees it. */
export interface ShareState {
  /** The worker's own number of it. */
  readonly number: number;
  /** Which of {@link MergerState.arms}. */
  readonly arm: number;
  /** [the worker's number of a first request, which of the arm's first requests in flight]. */
  readonly firsts: readonly (readonly [number, number])[];
}
