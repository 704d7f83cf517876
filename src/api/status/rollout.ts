import type { Job, JobResult, Rollout, StepState } from '../../core/model.ts';
import type { ServiceSpec } from '../../core/service/service-spec.ts';
import { bakeClients } from '../../core/steps/bake.ts';
import type { Turn } from '../../core/turn.ts';
import { paceOptionsOf } from '../../core/waiting/pace.ts';
import { waitingFor } from '../../core/waiting/waits.ts';
import type { Evidence, MetricVerdict } from '../../core/world.ts';
import type { ServiceView } from '../../daemon/service-view.ts';
import { neededOf } from '../../evidence/questions.ts';
import type { JobStatus, RolloutStatus, StepStatus, VerdictStatus } from '../schema.ts';
import { stepLabel } from '../words.ts';
import { paceStatus } from './pace.ts';
import { rfc3339, rfc3339OrNull } from './time.ts';

/** The running rollout. */
export function rolloutStatus(view: ServiceView, rollout: Rollout, turn: Turn): RolloutStatus {
  const wait = waitingFor(turn);
  const spec = view.state.releases[rollout.candidate.release]?.spec;
  return {
    id: rollout.id,
    kind: rollout.kind,
    step: rollout.step,
    steps: stepStatuses(rollout.steps, spec),
    startedAt: rfc3339(rollout.startedAt),
    startedBy: rollout.startedBy,
    message: rollout.message,
    waitingFor: wait?.text ?? null,
    until: rfc3339OrNull(wait?.until ?? null),
    reason: rollout.takeBack?.reason ?? rollout.reason,
    outAt: rfc3339OrNull(rollout.outAt),
    takingBack: rollout.takeBack !== null,
    paused: rollout.pause !== null,
    jobs: jobStatuses(Object.values(rollout.results), view.running),
    verdicts: spec === undefined ? [] : verdictStatuses(saidOf(view.evidence), spec),
    pace: paceStatus(rollout, turn),
    bake: bakeClients(turn, rollout),
    hurt: view.evidence?.hurt ?? 0,
  };
}

export function stepStatuses(steps: readonly StepState[], spec: ServiceSpec | undefined): StepStatus[] {
  const by = spec?.strategy.kind === 'canary' ? spec.strategy.by : 'clients';
  // A first release has nothing to be watched beside.
  const isRamp = steps.some(({ kind }) => kind === 'observe');
  const isPaced = isRamp && spec !== undefined && paceOptionsOf(spec) !== null;
  return steps.map((step) => ({
    kind: step.kind,
    label: stepLabel(step, by, isPaced),
    ...('weight' in step ? { weight: step.weight } : {}),
    state: step.state,
    startedAt: rfc3339OrNull(step.startedAt),
    endedAt: rfc3339OrNull(step.endedAt),
  }));
}

/** Those that have an end, and those that run; a running attempt stands for the one before it. */
export function jobStatuses(results: readonly JobResult[], running: readonly Job[]): JobStatus[] {
  const ended = results
    .filter(({ id }) => !running.some((job) => job.id === id))
    .map(({ id, outcome, summary, evidence }) => ({
      id,
      kind: kindOf(id),
      name: nameOf(id),
      state: outcome,
      summary,
      evidence,
    }));
  const current = running.map(({ id, kind, name }) => ({
    id,
    kind,
    name,
    state: 'running' as const,
    summary: null,
    evidence: null,
  }));
  return [...ended, ...current];
}

/** What is judged, and what nothing can be said of, with its reason. */
const saidOf = (evidence: Evidence | null): readonly MetricVerdict[] =>
  evidence === null ? [] : [...evidence.metrics, ...(evidence.silent ?? [])];

export function verdictStatuses(metrics: readonly MetricVerdict[], spec: ServiceSpec): VerdictStatus[] {
  const needed = neededOf(spec);
  return metrics.map(({ metric, verdict, e, ratio, candidate, stable, explanation }) => ({
    metric,
    verdict,
    e,
    needed,
    ratio: [ratio[0], ratio[1]],
    candidate,
    stable,
    explanation,
  }));
}

const HOOKS: readonly string[] = [
  'before-prepare',
  'before-shift',
  'after-shift',
  'after-promote',
  'after-rollback',
];
/** A job's id ends with its name, which may hold slashes itself: `<rollout>/<step>/<name>`. */
const nameOf = (id: string) => id.split('/').slice(2).join('/');
const kindOf = (id: string): 'check' | 'hook' => (HOOKS.includes(nameOf(id)) ? 'hook' : 'check');
