/** Many rollouts of several candidates, by Teal and by other tools' rules. */
import type { ServiceSpec } from '../core/service/service-spec.ts';
import type { Traffic } from './crowd.ts';
import type { Regression } from './regression.ts';
import { rivalRollout } from './rivals/rollout.ts';
import type { Rule } from './rivals/rule.ts';
import { simulateRollout } from './rollout.ts';
import { type Finished, type Summary, summarise } from './summary.ts';

export interface StudyOptions {
  readonly spec: ServiceSpec;
  readonly traffic: Traffic;
  readonly candidates: readonly Regression[];
  readonly rules: readonly Rule[];
  readonly runs: number;
  readonly seed: number;
}

/** What became of one candidate in the hands of one tool. */
export interface Finding extends Summary {
  readonly candidate: string;
  /** `Teal`, or a rule's name. */
  readonly by: string;
}

interface Contender {
  readonly by: string;
  readonly rollout: (regression: Regression, run: number) => Finished;
}

/** Yields after every rollout the share that is done, 0-1; returns the findings, candidate by candidate. */
export function* study(options: StudyOptions): Generator<number, readonly Finding[], void> {
  const { spec, traffic, candidates, rules, runs, seed } = options;
  const contenders: readonly Contender[] = [
    {
      by: 'Teal',
      rollout: (regression, run) => simulateRollout({ spec, traffic, regression, seed, run }),
    },
    ...rules.map(
      (rule): Contender => ({
        by: rule.name,
        rollout: (regression, run) => rivalRollout({ rule, traffic, regression, seed, run }),
      }),
    ),
  ];
  const all = candidates.length * contenders.length * runs;
  const findings: Finding[] = [];
  let done = 0;
  for (const regression of candidates) {
    for (const { by, rollout } of contenders) {
      const rollouts: Finished[] = [];
      for (let run = 0; run < runs; run++) {
        rollouts.push(rollout(regression, run));
        done++;
        yield done / all;
      }
      findings.push({ candidate: regression.name, by, ...summarise(rollouts) });
    }
  }
  return findings;
}
