/** What is to be expected of a spec's rollouts, from a few simulated ones. */
import type { ServiceSpec } from '../core/service/service-spec.ts';
import type { Traffic } from './crowd.ts';
import { failing, HEALTHY } from './regression.ts';
import { type SimulatedRollout, type SimulatedStep, simulateRollout } from './rollout.ts';
import { quantileOf, type Summary, summarise } from './summary.ts';

export interface Expectation {
  readonly healthy: Summary;
  /** Median ms that the steps of the plan took the healthy ones; null: none ended it. Without hooks, checks and gates. */
  readonly steps: readonly SimulatedStep[];
  readonly failing: readonly (Summary & { readonly share: number })[];
}

/** Shares of requests that fail. */
const SHARES = [0.01, 0.05, 0.5];

/**
 * Simulates one rollout of each kind in turn, until `isEnough` says so or `most` of each were done; at least one. The caller
 * minds the time.
 */
export function expectationOf(
  spec: ServiceSpec,
  traffic: Traffic,
  {
    seed,
    most,
    isEnough,
  }: { readonly seed: number; readonly most: number; readonly isEnough: () => boolean },
): Expectation {
  const regressions = [HEALTHY, ...SHARES.map(failing)];
  const rollouts: SimulatedRollout[][] = regressions.map(() => []);
  for (let run = 0; run < most && (run === 0 || !isEnough()); run++) {
    regressions.forEach((regression, j) => {
      rollouts[j]!.push(simulateRollout({ spec, traffic, regression, seed, run }));
    });
  }
  const [healthy, ...bad] = rollouts as [SimulatedRollout[], ...SimulatedRollout[][]];
  return {
    healthy: summarise(healthy),
    steps: healthy[0]!.steps.map(({ kind }, step) => ({
      kind,
      took: medianOf(healthy.map(({ steps }) => steps[step]?.took ?? null)),
    })),
    failing: bad.map((some, j) => ({ share: SHARES[j]!, ...summarise(some) })),
  };
}

/** Of what is known, as `summarise` takes it. */
function medianOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : quantileOf(known, 0.5);
}
