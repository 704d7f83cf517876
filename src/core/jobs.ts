/** Which checks and hooks should be running: read off the state alone, so that a crash changes nothing. */

import type { Job, JobResult, Rollout, ServiceState, StepState } from './model.ts';
import type { HookSpec } from './service/service-spec.ts';
import { specOf } from './state.ts';

/** All jobs that should be running now: those of the current step, and hooks that follow an ended rollout. */
export function wantedJobs(state: ServiceState): readonly Job[] {
  return [...stepJobs(state), ...state.afterwards];
}

/** `<rollout id>/<step>/<name>`. */
export function jobId(rollout: Rollout, step: number, name: string): string {
  return `${rollout.id}/${step}/${name}`;
}

/** Whether a check has failed for good: no attempt is left. */
export function failedForGood(
  state: ServiceState,
  rollout: Rollout,
  name: string,
  id: string,
): JobResult | null {
  const result = rollout.results[id];
  return result?.outcome === 'failed' && result.attempt > retriesOf(state, rollout, name) ? result : null;
}

function stepJobs(state: ServiceState): readonly Job[] {
  const { rollout } = state;
  const step = rollout?.steps[rollout.step];
  if (!rollout || !step || rollout.takeBack || step.state !== 'running' || step.startedAt === null) return [];
  if (step.kind === 'hook') return hookJob(state, rollout, step, step.startedAt);
  if (step.kind !== 'verify' && step.kind !== 'bake') return [];
  return step.checks.flatMap((name) => checkJob(state, rollout, name, step.checks, step.startedAt ?? 0));
}

function hookJob(
  state: ServiceState,
  rollout: Rollout,
  step: Extract<StepState, { kind: 'hook' }>,
  startedAt: number,
): readonly Job[] {
  const id = jobId(rollout, rollout.step, step.hook);
  const spec: HookSpec | undefined = specOf(state, rollout.candidate.release).hooks[step.hook];
  if (!spec || rollout.results[id]) return [];
  return [
    {
      id,
      kind: 'hook',
      name: step.hook,
      ...rollout.candidate,
      attempt: 1,
      deadline: startedAt + spec.within,
    },
  ];
}

/** A check's next attempt; none while one that it waits for has not passed, or when it has no attempt left. */
function checkJob(
  state: ServiceState,
  rollout: Rollout,
  name: string,
  together: readonly string[],
  startedAt: number,
): readonly Job[] {
  const check = specOf(state, rollout.candidate.release).checks.find((each) => each.name === name);
  if (!check) return [];
  const resultOf = (other: string) => rollout.results[jobId(rollout, rollout.step, other)];
  const before = check.after.filter((each) => together.includes(each)).map(resultOf);
  if (before.some((result) => result?.outcome !== 'passed')) return [];
  const last = resultOf(name);
  if (last && (last.outcome === 'passed' || last.attempt > check.retries)) return [];
  // An attempt may begin when its step has, when those before it ended, and when its own last attempt ended.
  const from = Math.max(startedAt, ...[...before, last].map((result) => result?.endedAt ?? 0));
  return [
    {
      id: jobId(rollout, rollout.step, name),
      kind: 'check',
      name,
      ...rollout.candidate,
      attempt: (last?.attempt ?? 0) + 1,
      deadline: from + check.within,
    },
  ];
}

function retriesOf(state: ServiceState, rollout: Rollout, name: string): number {
  return specOf(state, rollout.candidate.release).checks.find((each) => each.name === name)?.retries ?? 0;
}
