/** Compiles a strategy into steps: the one place that knows what blue-green and canary mean. */
import { ALL, type HookStepName, type Plan, type RolloutKind, type Step } from './model.ts';
import type { CheckSpec } from './service/check-spec.ts';
import type { CanaryStepSpec, ServiceSpec } from './service/service-spec.ts';
import { JOB_GRACE, ROUTER_DEADLINE, START_UP } from './waiting/times.ts';

export interface PlanOptions {
  /** Nothing is stable yet: there is no one to keep from harm and nothing to compare with, so no ramp and no gate. */
  readonly first: boolean;
  readonly kind: RolloutKind;
  /** The candidate is running and ready already (a rollback to the environment that is still warm). */
  readonly warm: boolean;
}

/**
 * The plan of a rollout. A deploy: [hook] prepare [verify] [hook], then for a canary shift, observe and [approve] at every
 * weight, for blue-green [approve]; shift to 10000, [hook], [bake]. A rollback goes to what served before: [prepare], shift.
 */
export function compilePlan(spec: ServiceSpec, options: PlanOptions): Plan {
  const { kind: strategy } = spec.strategy;
  if (options.kind === 'rollback') {
    const steps = options.warm ? [shift(spec, ALL)] : [prepare(spec), shift(spec, ALL)];
    return { strategy, steps, keep: 0 };
  }
  return {
    strategy,
    keep: spec.keep,
    steps: [
      ...hook(spec, 'before-prepare'),
      prepare(spec),
      ...verify(spec),
      ...hook(spec, 'before-shift'),
      ...(options.first ? [] : ramp(spec)),
      shift(spec, ALL),
      ...hook(spec, 'after-shift'),
      ...bake(spec),
    ],
  };
}

/** What comes before all traffic moves. */
function ramp(spec: ServiceSpec): readonly Step[] {
  if (spec.strategy.kind === 'blue-green') return gate(spec.strategy.approve);
  return spec.strategy.steps
    .filter(({ weight }) => weight < ALL)
    .flatMap((step): readonly Step[] => [
      shift(spec, step.weight),
      { kind: 'observe', weight: step.weight, dwell: step.for ?? spec.dwell },
      ...gate(step.approve),
    ]);
}

function gate(approve: CanaryStepSpec['approve']): readonly Step[] {
  return approve ? [{ kind: 'approve', within: approve.within, otherwise: approve.otherwise }] : [];
}

function hook(spec: ServiceSpec, name: HookStepName): readonly Step[] {
  const configured = spec.hooks[name];
  return configured ? [{ kind: 'hook', hook: name, deadline: configured.within + JOB_GRACE }] : [];
}

function prepare(spec: ServiceSpec): Step {
  return { kind: 'prepare', deadline: spec.ready.within + START_UP };
}

function verify(spec: ServiceSpec): readonly Step[] {
  const checks = spec.checks.filter(({ when }) => when.includes('verify'));
  if (checks.length === 0) return [];
  return [{ kind: 'verify', checks: checks.map(({ name }) => name), deadline: longestPath(checks) }];
}

function shift(spec: ServiceSpec, weight: number): Step {
  const byInstances = spec.strategy.kind === 'canary' && spec.strategy.by === 'instances';
  // By instances, a wider share needs more instances first, and they need their time to become ready.
  const growth = byInstances ? spec.ready.within + START_UP : 0;
  return { kind: 'shift', weight, deadline: ROUTER_DEADLINE + growth };
}

function bake(spec: ServiceSpec): readonly Step[] {
  const checks = spec.checks.filter(({ when }) => when.includes('bake')).map(({ name }) => name);
  return spec.bake > 0 || checks.length > 0 ? [{ kind: 'bake', for: spec.bake, checks }] : [];
}

/** The longest that checks can take when each starts as soon as those that it waits for have passed. */
function longestPath(checks: readonly CheckSpec[]): number {
  const byName = new Map(checks.map((check) => [check.name, check]));
  const known = new Map<string, number>();
  const ends = (name: string): number => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const check = byName.get(name);
    if (!check) return 0;
    known.set(name, 0); // a circle, which the spec refuses, must not recurse for ever
    const own = (check.within + JOB_GRACE) * (check.retries + 1);
    const end = own + Math.max(0, ...check.after.map(ends));
    known.set(name, end);
    return end;
  };
  return Math.max(...checks.map(({ name }) => ends(name))) + JOB_GRACE;
}
