/** Some rollouts of one candidate under one traffic: by Teal, and by Argo Rollouts and Flagger as documented. */
import {
  argo,
  type Finding,
  flagger,
  type Regression,
  study,
  type Traffic,
} from '../../src/simulate/index.ts';
import { loadSpecFile, parseSpec } from '../../src/spec/index.ts';

export interface RolloutPart {
  /** A teal.yaml; null: a canary with the defaults. */
  readonly file: string | null;
  readonly traffic: Traffic;
  readonly regression: Regression;
  readonly runs: number;
  readonly seed: number;
}

/** Teal's, then the others'. */
export type RolloutResult = readonly Finding[];

const rules = [argo(), flagger()];

export async function rolloutCell({
  file,
  traffic,
  regression,
  runs,
  seed,
}: RolloutPart): Promise<RolloutResult> {
  const spec = await specOf(file);
  const work = study({ spec, traffic, candidates: [regression], rules, runs, seed });
  let step = work.next();
  while (!step.done) step = work.next();
  return step.value;
}

export async function specOf(file: string | null) {
  const services =
    file === null
      ? parseSpec('service: bench\nrun: node server.js\nlisten: 8080\n', '/teal.yaml')
      : (await loadSpecFile(file)).services;
  return services[0]!;
}
