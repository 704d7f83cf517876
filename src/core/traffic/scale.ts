/** How many instances an environment should have. */
import { ALL, type Colour, type Rollout, type ServiceState } from '../model.ts';
import { specOf } from '../state.ts';

/** Instances wanted there; 0 where nothing should run. Stable and what is warm keep their full size: they may be needed. */
export function wantedInstances(state: ServiceState, colour: Colour): number {
  const { release, role } = state.environments[colour];
  if (release === null || role === 'empty') return 0;
  const full = specOf(state, release).instances;
  const { rollout } = state;
  if (role !== 'candidate' || !rollout || !byInstances(state, rollout) || !rollout.stable) return full;
  const weight = rampWeight(rollout);
  if (weight >= ALL) return full;
  return Math.min(full, candidateInstances(weight, specOf(state, rollout.stable.release).instances));
}

/** Whether a rollout shares the traffic by servers and not by clients: also for workers, which have no clients. */
export function byInstances(state: ServiceState, rollout: Rollout): boolean {
  const { strategy } = specOf(state, rollout.candidate.release);
  return strategy.kind === 'canary' && strategy.by === 'instances';
}

/** The n of at least 1 for which n / (n + stable) comes closest to the weight (basis points below 10000). */
export function candidateInstances(weight: number, stable: number): number {
  const share = weight / ALL;
  const below = Math.max(1, Math.floor((share * stable) / (1 - share)));
  const off = (n: number) => Math.abs(n / (n + stable) - share);
  return off(below + 1) < off(below) ? below + 1 : below;
}

/** The weight that the candidate is sized for: the widest shift begun, before that the first planned. */
function rampWeight(rollout: Rollout): number {
  let first: number | null = null;
  let begun: number | null = null;
  for (const step of rollout.steps) {
    if (step.kind !== 'shift' || step.state === 'skipped') continue;
    first ??= step.weight;
    if (step.startedAt !== null) begun = Math.max(begun ?? 0, step.weight);
  }
  return begun ?? first ?? ALL;
}
