/** A plan in words: pure. */
import { ALL, type Plan, type Step } from '../../core/model.ts';
import { JUDGE_DEFAULTS, type LatencySpec, type ServiceSpec } from '../../core/service/service-spec.ts';
import { BAKE_CLIENTS, paceOptionsOf } from '../../core/waiting/pace.ts';
import { BAKE_LONGEST } from '../../core/waiting/times.ts';
import { duration, plural, rate, share } from '../view/format.ts';

export interface ExplainedStep {
  readonly kind: Step['kind'];
  readonly does: string;
  /** ms that it takes at least. */
  readonly least: number;
  /** ms after which it is over, one way or the other. */
  readonly most: number;
  /** What ends the rollout here, and how. */
  readonly ends: string;
}

export interface Explained {
  readonly service: string;
  readonly strategy: string;
  readonly steps: readonly ExplainedStep[];
  /** ms until all traffic is on the candidate: with nothing to wait for, and at most. */
  readonly out: { readonly least: number; readonly most: number };
  /** ms until it is promoted. */
  readonly promoted: { readonly least: number; readonly most: number };
  /** What holds at every step. */
  readonly always: readonly string[];
}

/** What a spec's plan means for a service that has a stable release. */
export function explainPlan(spec: ServiceSpec, plan: Plan): Explained {
  const steps = plan.steps.map((step) => explainStep(step, spec));
  const sum = (some: readonly ExplainedStep[], key: 'least' | 'most') =>
    some.reduce((total, step) => total + step[key], 0);
  const before = steps.filter(({ kind }) => kind !== 'bake');
  return {
    service: spec.service,
    strategy: strategyInWords(spec),
    steps,
    out: { least: sum(before, 'least'), most: sum(before, 'most') },
    promoted: { least: sum(steps, 'least'), most: sum(steps, 'most') },
    always: always(spec, plan),
  };
}

function explainStep(step: Step, spec: ServiceSpec): ExplainedStep {
  switch (step.kind) {
    case 'hook':
      return {
        kind: step.kind,
        does: `${step.hook}: ${spec.hooks[step.hook]?.run ?? ''}`,
        least: 0,
        most: step.deadline,
        ends: 'fails or takes too long: rolled back',
      };
    case 'prepare':
      return {
        kind: step.kind,
        does: `start ${plural(spec.instances, 'instance')}, ready ${readiness(spec)}`,
        least: 0,
        most: step.deadline,
        ends: 'not ready in time, or crashing: failed',
      };
    case 'verify':
      return {
        kind: step.kind,
        does: `${plural(step.checks.length, 'check')}: ${step.checks.join(', ')}`,
        least: 0,
        most: step.deadline,
        ends: 'a check fails: rolled back',
      };
    case 'approve':
      return {
        kind: step.kind,
        does: 'wait for teal approve; safety goes on',
        least: 0,
        most: step.within,
        ends: step.otherwise === 'abort' ? 'no answer: aborted' : 'no answer: goes on',
      };
    case 'shift':
      return {
        kind: step.kind,
        does: `${share(step.weight)} of ${unit(spec)} to the candidate`,
        least: 0,
        most: step.deadline,
        ends: 'the router does not acknowledge: failed',
      };
    case 'observe':
      return observation(step, spec);
    case 'bake':
      return baking(step, spec);
  }
}

function baking({ kind, for: least, checks }: Step & { kind: 'bake' }, spec: ServiceSpec): ExplainedStep {
  const isOpen = least > 0 && paceOptionsOf(spec) !== null;
  const clients = isOpen ? ` until ${BAKE_CLIENTS} clients came` : '';
  return {
    kind,
    does: `watch at full traffic${clients}${checks.length > 0 ? `, checks: ${checks.join(', ')}` : ''}`,
    least,
    most: isOpen ? Math.max(least, BAKE_LONGEST) : least,
    ends: `alarm: ${ALARM[spec.onAlarm]}`,
  };
}

function observation(step: Step & { kind: 'observe' }, spec: ServiceSpec): ExplainedStep {
  const { kind, weight, dwell } = step;
  const ends = 'harm: rolled back at once';
  const pace = paceOptionsOf(spec);
  if (pace === null) {
    const does = `judge at ${share(weight)} for ${duration(dwell)}`;
    return { kind, does, least: dwell, most: dwell, ends };
  }
  const isLast = pace.steps.at(-2)?.weight === weight;
  const does = isLast
    ? `judge at ${share(weight)} until it is safe, or has leaned there for ${duration(Math.min(pace.leaningSeconds, pace.longestSeconds) * 1000)}`
    : `judge at ${share(weight)} until the harm budget allows more`;
  return { kind, does, least: dwell, most: Math.max(dwell, pace.longestSeconds * 1000), ends };
}

const ALARM = {
  rollback: 'rolled back',
  retreat: 'half of the traffic back, compared again',
  hold: 'held until a person decides',
} as const;

const unit = ({ strategy }: ServiceSpec) =>
  strategy.kind === 'canary' && strategy.by === 'instances' ? 'the instances' : 'clients';

function strategyInWords({ strategy }: ServiceSpec): string {
  if (strategy.kind === 'blue-green') return 'blue-green';
  const weights = strategy.steps.map(({ weight }) => share(weight)).join(', ');
  return `canary by ${strategy.by}: ${weights}${strategy.steps.at(-1)?.weight === ALL ? '' : ', 100 %'}`;
}

function readiness({ ready }: ServiceSpec): string {
  if (ready.kind === 'http') return `by ${ready.method} ${ready.path}`;
  return ready.kind === 'tcp' ? 'when it accepts connections' : `by ${ready.command}`;
}

function always(spec: ServiceSpec, plan: Plan): string[] {
  const { judge, keep, metrics } = spec;
  const { strategy } = plan;
  const { tolerate, floor } = judge.errors;
  const errors = `${tolerate} times the stable’s error rate and above ${share(floor * ALL)}`;
  return [
    reach(spec, plan),
    ...(strategy === 'canary' ? [`Harm is an error rate of clients above ${errors}.`] : []),
    ...(strategy === 'canary' ? latencyInWords(judge.latency ?? null) : []),
    ...(strategy === 'canary'
      ? [
          `A fine release is taken for harm in at most ${rate(judge.alphaHarm)} of rollouts (judge.alpha-harm), one that is worse for safe in at most ${rate(judge.alphaSafe)} (judge.alpha-safe).`,
        ]
      : []),
    ...paceInWords(spec),
    ...bakeInWords(spec),
    ...(metrics.length > 0 ? [`Judged as well: ${metrics.map(({ name }) => name).join(', ')}.`] : []),
    'A candidate without a ready instance for 10 s, or of which an instance exits three times, is taken back.',
    'teal abort and teal rollback move all traffic to the stable release at once, at any step.',
    keep === 0
      ? 'The old environment is stopped after promotion: a later rollback prepares its release again.'
      : `The old environment stays warm for ${duration(keep)} after promotion: until then a rollback is one switch.`,
  ];
}

function paceInWords(spec: ServiceSpec): string[] {
  const pace = paceOptionsOf(spec);
  if (pace === null) return [];
  return [
    `What the budget reckons with is too low in at most ${rate(pace.alphaUpper)} of rollouts (judge.alpha-budget); where nothing is proven at a share, it waits ${duration(pace.longestSeconds * 1000)} there at most (judge.longest-wait).`,
  ];
}

/** What the bake says, and what it cannot. */
function bakeInWords({ bake, judge, listen, onAlarm }: ServiceSpec): string[] {
  if (bake === 0 || listen === null) return [];
  const { alphaBake = JUDGE_DEFAULTS.alphaBake } = judge;
  const bursts =
    onAlarm === 'retreat' ? ', but for bursts of errors such as it had, which may do so more often' : '';
  return [
    `The bake measures by the service’s last 24 hours, and says so where too little is known of them; a fine release raises an alarm in at most ${rate(alphaBake)} of bakes (judge.alpha-bake)${bursts}.`,
  ];
}

function latencyInWords(latency: LatencySpec | null): string[] {
  if (latency === null) return [];
  const { limits, thanStable, tolerate, floor } = latency;
  const name = (quantile: number) => `p${Number((quantile * 100).toPrecision(6))}`;
  const promised = limits.map(({ quantile, within }) => `${name(quantile)} above ${duration(within)}`);
  const beside = `more than ${tolerate} times the stable’s ${thanStable.map(name).join(', ')} and ${duration(floor)}`;
  const harms = [
    ...(limits.length > 0 ? [`a ${promised.join(' or a ')}, unless the stable is as slow`] : []),
    ...(thanStable.length > 0 ? [`requests that take ${beside}`] : []),
  ];
  return harms.length === 0 ? [] : [`Harm is also ${harms.join(', or ')}.`];
}

/** Whom a bad release can hurt before anything of it has been seen. */
function reach(spec: ServiceSpec, { steps }: Plan): string {
  const first = steps.find((step) => step.kind === 'observe');
  if (first === undefined || first.weight === ALL)
    return 'From the switch on, what no check has found concerns everybody, until an alarm of the bake or a rollback.';
  const pace = paceOptionsOf(spec);
  if (pace !== null)
    return `A bad release may hurt about ${plural(pace.budget, 'client')} before Teal can react (judge.budget): it begins with at most ${share(first.weight)} of clients, and with fewer where many come.`;
  return `A bad release has at most ${share(first.weight)} of ${unit(spec)} before it has been watched for ${duration(first.dwell)}.`;
}
