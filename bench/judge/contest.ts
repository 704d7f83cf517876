/** Teal beside Argo Rollouts and Flagger on the same simulated rollouts. */
import { type Finding, HEALTHY, type Regression, type Traffic } from '../../src/simulate/index.ts';
import type { Jobs } from './jobs.ts';
import { type Least, leastToKnow } from './least.ts';
import { specOf } from './rollout-cell.ts';

export interface Row {
  readonly traffic: Traffic;
  readonly regression: Regression;
  readonly teal: Finding;
  /** The one that hurts fewer clients. */
  readonly best: Rival;
  /** Of those that let healthy releases pass; null: neither does. */
  readonly fair: Rival | null;
  /** What any test must see. */
  readonly least: Least | null;
}

export interface Rival {
  readonly finding: Finding;
  /** Share of the healthy releases of that traffic that it takes back, 0-1. */
  readonly healthyTakenBack: number;
}

/** Some traffic, and candidates under it besides a healthy one, which comes first. */
export interface Round {
  readonly traffic: Traffic;
  readonly candidates: readonly Regression[];
}

export interface ContestOptions {
  readonly runs: number;
  readonly seed: number;
  readonly file: string | null;
}

/**
 * A rule that takes back more healthy releases than Teal is allowed to (alpha of harm) does not answer the same question: one that takes back
 * everything hurts nobody.
 */
const FAIR = 0.01;

/** Rows of each round, with as many runs each. */
export async function contest(
  jobs: Jobs,
  rounds: readonly Round[],
  { runs, seed, file }: ContestOptions,
): Promise<readonly (readonly Row[])[]> {
  const spec = await specOf(file);
  const parts = rounds.flatMap(({ traffic, candidates }) =>
    [HEALTHY, ...candidates].map((regression) => ({ file, traffic, regression, runs, seed })),
  );
  const found = [...(await jobs.all('rollouts', parts))];
  return rounds.map(({ traffic, candidates }) => {
    const [healthy, ...others] = found.splice(0, 1 + candidates.length);
    return [healthy!, ...others].map((findings, j): Row => {
      const regression = [HEALTHY, ...candidates][j]!;
      const [teal, ...rest] = findings as [Finding, ...Finding[]];
      const rivals = rest.map(
        (finding): Rival => ({
          finding,
          healthyTakenBack: healthy!.find(({ by }) => by === finding.by)!.takenBack,
        }),
      );
      return {
        traffic,
        regression,
        teal,
        best: better(rivals)!,
        fair: better(rivals.filter(({ healthyTakenBack }) => healthyTakenBack <= FAIR)),
        least: leastToKnow(spec, regression, traffic.baseRate),
      };
    });
  });
}

const better = (rivals: readonly Rival[]): Rival | null =>
  rivals.reduce<Rival | null>(
    (best, one) => (best === null || one.finding.hurt.mean < best.finding.hurt.mean ? one : best),
    null,
  );
