import type { Colour } from '../core/model.ts';
import type { MetricReading } from '../core/ports.ts';

/** What one arm counted in a block: `n` chances, `bad` of them bad. */
export interface ArmCounts {
  readonly n: number;
  readonly bad: number;
  /** Of `bad`, those whose chance was in an earlier block. Absent: none that is known. */
  readonly late?: number;
  /** Chances of earlier blocks that were fine until now, and may yet turn bad. Absent: none that is known. */
  readonly fine?: number;
}

/** Evidence of both arms over the same time: what the judge takes. */
export interface EvidenceBlock {
  readonly metric: string;
  /** Unix ms of its beginning. */
  readonly at: number;
  readonly stable: ArmCounts;
  readonly candidate: ArmCounts;
}

/** Clients who came for the first time in a rollout while the candidate had one weight, by the arm that they reached. */
export interface Arrivals {
  /** Unix ms of the beginning of their second. */
  readonly at: number;
  /** Candidate's, basis points. */
  readonly weight: number;
  readonly stable: number;
  readonly candidate: number;
}

export const NOTHING: ArmCounts = { n: 0, bad: 0 };

/** Both arms' readings of one metric as a block; an arm without a reading counted nothing. */
export function blockOf(
  readings: readonly MetricReading[],
  candidate: Colour,
  at: number,
): EvidenceBlock | null {
  const [first] = readings;
  if (first === undefined) return null;
  const arm = (isCandidate: boolean): ArmCounts => {
    const reading = readings.find(({ environment }) => (environment === candidate) === isCandidate);
    return reading === undefined ? NOTHING : { n: reading.total, bad: reading.bad };
  };
  return { metric: first.metric, at, stable: arm(false), candidate: arm(true) };
}
