import type { RateVerdict } from './rates.ts';

export interface ExplainNames {
  /** Name of the candidate release. */
  readonly candidate: string;
  readonly stable: string;
}

/** The verdict in one sentence, with its numbers. */
export function explain(_metric: string, verdict: RateVerdict, names: ExplainNames): string {
  const { candidate, stable } = verdict;
  return `${verdict.verdict}: ${candidate.bad} of ${candidate.n} clients of ${names.candidate}, ${stable.bad} of ${stable.n} of ${names.stable}`;
}
