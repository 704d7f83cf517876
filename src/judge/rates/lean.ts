import type { Counts } from '../input.ts';

/** Clients of candidate without which nothing leans anywhere. */
const ENOUGH = 5;
/** How much more must speak for safe than for harm, where much is known... */
const BY = 1.5;
/** ...and half of that after so many bad clients of both arms. */
const HALF = 3;

/** What was counted. */
export interface LeanCounts {
  /** Clients of candidate. */
  readonly clients: number;
  /** Bad ones of both arms. */
  readonly bad: number;
}

/** Of a comparison so far. */
export const leanCounts = ({
  candidate,
  stable,
}: {
  readonly candidate: Counts;
  readonly stable: Counts;
}): LeanCounts => ({ clients: candidate.n, bad: candidate.bad + stable.bad });

/**
 * No proof, but nothing against it: evidence of safe is one and a half times that of harm, and that of harm is not above 1. It
 * is the comparison that tells a good release from one twice as bad: after five minutes of 100 clients a second, of whom stable fails 0.1 %,
 * 76 % of the healthy ones lean so, and 6 % of those. Evidence of safe above 1 says the same of 21 % and none: it grows too slowly.
 *
 * Where few turned bad on either side, less is asked: one and one say nothing against a release, yet the mixtures have paid for
 * all the ratios that they do not exclude. Of healthy releases that meet one bad client (stable 1 %, 100 clients against 160) 69 %
 * lean so and not 53 %, of those twice as bad 38 and not 22 %, five times 7 and not 3 %; that meet nine, 62 and not 59 %, 6
 * and not 5 %, none and none (600 simulated each). Without it half of the healthy ones could wait for half an hour.
 */
export function leansSafe(
  { harm, safe }: { readonly harm: number; readonly safe: number },
  { clients, bad }: LeanCounts,
): boolean {
  return clients >= ENOUGH && harm < 1 && safe >= ((BY * bad) / (bad + HALF)) * harm;
}
