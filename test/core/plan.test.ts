import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/core/model.ts';
import { compilePlan } from '../../src/core/plan.ts';
import { blueGreen, canary, check, MINUTE, specWith } from './builders.ts';

const deploy = { first: false, kind: 'deploy', warm: false } as const;
const kinds = ({ steps }: Plan) =>
  steps.map((step) => (step.kind === 'shift' ? `shift ${step.weight}` : step.kind));
const gate = { within: MINUTE, otherwise: 'abort' } as const;

describe('a plan', () => {
  it('of a canary shifts and observes at every weight, with a gate where one is asked for', () => {
    const strategy = canary([100, { weight: 2500, for: 5_000, approve: gate }, 10_000]);
    const plan = compilePlan(specWith({ strategy, checks: [check('smoke')] }), deploy);
    expect(kinds(plan)).toEqual([
      'prepare',
      'verify',
      'shift 100',
      'observe',
      'shift 2500',
      'observe',
      'approve',
      'shift 10000',
      'bake',
    ]);
    expect(plan.steps[3]).toMatchObject({ dwell: 30_000 });
    expect(plan.steps[5]).toMatchObject({ dwell: 5_000 });
  });

  it('of a blue-green has one shift, with the gate before it', () => {
    expect(kinds(compilePlan(specWith({ strategy: blueGreen(gate) }), deploy))).toEqual([
      'prepare',
      'approve',
      'shift 10000',
      'bake',
    ]);
  });

  it('of a first deployment has neither ramp nor gate', () => {
    const spec = specWith({ strategy: canary([{ weight: 100, for: null, approve: gate }]) });
    expect(kinds(compilePlan(spec, { ...deploy, first: true }))).toEqual(['prepare', 'shift 10000', 'bake']);
  });

  it('of a rollback is as short as can be', () => {
    const spec = specWith({ checks: [check('smoke')] });
    const rollback = { ...deploy, kind: 'rollback' } as const;
    expect(kinds(compilePlan(spec, rollback))).toEqual(['prepare', 'shift 10000']);
    expect(kinds(compilePlan(spec, { ...rollback, warm: true }))).toEqual(['shift 10000']);
  });

  it('has a bake where there is time or a check for it', () => {
    const checks = [check('orders', { when: ['bake'] })];
    expect(kinds(compilePlan(specWith({ bake: 0 }), deploy))).not.toContain('bake');
    expect(compilePlan(specWith({ bake: 0, checks }), deploy).steps.at(-1)).toEqual({
      kind: 'bake',
      for: 0,
      checks: ['orders'],
    });
  });

  it('gives checks the time of the longest chain of them, with their retries', () => {
    const one = check('one', { within: 10_000, retries: 1 });
    const two = check('two', { within: 30_000, after: ['one'] });
    const verify = (checks: (typeof one)[]) =>
      compilePlan(specWith({ checks }), deploy).steps.find((step) => step.kind === 'verify')!.deadline;
    const aside = check('aside', { within: 15_000 });
    expect(verify([one, aside])).toBe(verify([one]));
    expect(verify([one, two]) - verify([one])).toBe(
      verify([two]) - verify([check('none', { within: 0 })]) + 10_000,
    );
  });
});
