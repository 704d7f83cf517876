import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  JudgeInputError,
  PACE_DEFAULTS,
  type Pace,
  type PaceEvidence,
  type PaceOptions,
  type PaceState,
  pacer,
  RATE_DEFAULTS,
  rateTest,
} from '../../src/judge/index.ts';
import { binomial, seeded } from './random.ts';

const START = 1_700_000_000_000;
const judge = rateTest(RATE_DEFAULTS);

const undecided: PaceEvidence = { verdict: 'undecided', e: { harm: 1, safe: 1 }, leaningSafe: false };
const leaning: PaceEvidence = { verdict: 'undecided', e: { harm: 0.2, safe: 2 }, leaningSafe: true };
const safe: PaceEvidence = { verdict: 'safe', e: { harm: 0.2, safe: 25 }, leaningSafe: true };

/** A pacer whose candidate is at a weight since the start, and has had these clients. */
function at(weight: number, n: number, options: Partial<PaceOptions> = {}) {
  const pace = pacer({ ...PACE_DEFAULTS, clientsPerSecond: 10, ...options });
  const initial = pace.initial(START);
  const placed = weight === 0 ? initial : pace.reached(initial, weight, START);
  const state =
    n === 0 ? placed : pace.observe(placed, { at: START, stable: { n, bad: 0 }, candidate: { n, bad: 0 } });
  return (seconds: number, ...evidence: PaceEvidence[]) =>
    pace.decide(state, evidence.length === 0 ? [undecided] : evidence, START + seconds * 1000);
}

interface Release {
  readonly clients: number;
  readonly p0: number;
  readonly p1: number;
  readonly expected?: number | null;
}

/** A whole rollout through the real test, in blocks of a second; what was decided at each. */
function rollout({ clients, p0, p1, expected = clients }: Release, seed: number) {
  const random = seeded(seed);
  const pace = pacer({ ...PACE_DEFAULTS, clientsPerSecond: expected });
  let state = pace.initial(START);
  let rates = judge.initial();
  const weights: number[] = [];
  for (let t = 1; t <= 4000; t++) {
    const now = START + t * 1000;
    const came = Math.floor(t * clients) - Math.floor((t - 1) * clients);
    const n1 = binomial(random, came, state.weight / 10_000);
    const block = {
      at: now,
      candidate: { n: n1, bad: binomial(random, n1, p1) },
      stable: { n: came - n1, bad: binomial(random, came - n1, p0) },
    };
    state = JSON.parse(JSON.stringify(pace.observe(state, block))) as PaceState;
    rates = judge.observe(rates, block);
    const decided = pace.decide(state, [judge.verdict(rates)], now);
    weights.push(state.weight);
    if (decided.action.kind === 'finish' || decided.action.kind === 'take-back')
      return { seconds: t, decided, weights, hurt: state.candidate.bad };
    if (decided.action.kind === 'widen') state = pace.reached(state, decided.action.weight, now);
  }
  throw new Error('did not end');
}

describe('a healthy release', () => {
  test.each([
    [1, 310],
    [10, 290],
  ])('at %i clients a second takes the steps of its traffic and three minutes', (clients, seconds) => {
    const { decided, seconds: took, weights } = rollout({ clients, p0: 0.0001, p1: 0.0001 }, 1);
    expect(decided.action).toEqual({ kind: 'finish', finding: 'undecided' });
    expect(Math.abs(took - seconds)).toBeLessThanOrEqual(3);
    for (let k = 1; k < weights.length; k++) expect(weights[k]).toBeGreaterThanOrEqual(weights[k - 1]!);
  });

  test('at 100 clients a second is safe before', () => {
    const { decided, seconds } = rollout({ clients: 100, p0: 0.0001, p1: 0.0001 }, 1);
    expect(decided.action).toEqual({ kind: 'finish', finding: 'safe' });
    expect(seconds).toBeLessThan(270);
  });

  test('at 1,000 a second begins below the first step, since nothing is known of it', () => {
    const { decided, weights } = rollout({ clients: 1000, p0: 0, p1: 0 }, 2);
    expect(weights[1]).toBe(66);
    expect(weights).toContain(100);
    expect(decided.action).toEqual({ kind: 'finish', finding: 'safe' });
  });

  test('with traffic that nobody has counted waits for half a minute to count it', () => {
    const { weights } = rollout({ clients: 100, p0: 0, p1: 0, expected: null }, 3);
    expect(weights.indexOf(100)).toBe(30);
    expect(weights.slice(0, 30).every((weight) => weight === 0)).toBe(true);
  });
});

describe('a bad release', () => {
  test.each([10, 100, 1000, 10_000])('that always fails at %i clients a second is taken back', (clients) => {
    const { decided, hurt } = rollout({ clients, p0: 0.001, p1: 1 }, 4);
    expect(decided.action).toEqual({ kind: 'take-back', reason: 'harm' });
    expect(decided.explanation).toBe('taken back: harm is proven');
    expect(hurt).toBeLessThan(20);
  });
});

describe('the weight', () => {
  test('is what the budget allows at the peak that is expected or has come, whichever is higher', () => {
    const pace = pacer({ ...PACE_DEFAULTS, clientsPerSecond: 20 });
    let state = pace.initial(START);
    expect(pace.decide(state, [undecided], START)).toMatchObject({
      clientsPerSecond: 20,
      ceiling: 10 / 30,
      upper: 1,
      step: 100,
      action: { kind: 'widen', weight: 100 },
    });
    for (let t = 0; t < 31; t++) {
      state = pace.observe(state, {
        at: START + t * 1000,
        stable: { n: 5000, bad: 0 },
        candidate: { n: 0, bad: 0 },
      });
    }
    expect(pace.decide(state, [undecided], START + 31_000)).toMatchObject({
      clientsPerSecond: 5000,
      action: { kind: 'widen', weight: 13 },
    });
  });

  test('is never nothing: somebody has to be first', () => {
    expect(at(0, 0, { clientsPerSecond: 10_000_000 })(0).action).toEqual({ kind: 'widen', weight: 1 });
  });

  test('leaves out steps that would take too long, unless their time is given', () => {
    expect(at(0, 0, { clientsPerSecond: 1 })(0)).toMatchObject({ step: 500 });
    expect(at(0, 0, { clientsPerSecond: 0.01 })(0)).toMatchObject({ step: 5000 });
    const steps = [{ weight: 100, atLeastSeconds: 600 }, { weight: 5000 }, { weight: 10_000 }];
    expect(at(0, 0, { clientsPerSecond: 1, steps })(0)).toMatchObject({ step: 100 });
    expect(at(100, 9, { clientsPerSecond: 1, steps })(599).action).toMatchObject({ for: 'dwell' });
    expect(at(100, 9, { clientsPerSecond: 1, steps })(600).action).toEqual({ kind: 'widen', weight: 5000 });
  });

  test('never shrinks, whatever is seen', () => {
    const block = fc.record({ n: fc.nat(500), bad: fc.nat(40), stable: fc.nat(5000), after: fc.nat(60) });
    fc.assert(
      fc.property(fc.array(block, { maxLength: 40 }), (blocks) => {
        const pace = pacer({ ...PACE_DEFAULTS, clientsPerSecond: 50 });
        let state = pace.initial(START);
        let now = START;
        for (const { n, bad, stable, after } of blocks) {
          now += after * 1000;
          const candidate = { n: n + 40, bad };
          state = pace.observe(state, { at: now, candidate, stable: { n: stable, bad: 0 } });
          const { action } = pace.decide(state, [undecided], now);
          if (action.kind !== 'widen') continue;
          expect(action.weight).toBeGreaterThan(state.weight);
          expect(action.weight).toBeLessThan(10_000);
          state = pace.reached(state, action.weight, now);
        }
      }),
    );
  });
});

describe('at the last step before all', () => {
  const decide = at(5000, 2000);
  const action = (pace: Pace) => pace.action;

  test('safe goes on as soon as the time at the step is over', () => {
    expect(action(decide(29, safe))).toEqual({ kind: 'wait', for: 'dwell', until: START + 30_000 });
    expect(action(decide(30, safe))).toEqual({ kind: 'finish', finding: 'safe' });
    expect(action(decide(30, safe, leaning))).toMatchObject({ kind: 'wait' });
  });

  test('leaning there goes on after three minutes, and says what may be', () => {
    expect(action(decide(30, leaning))).toEqual({ kind: 'wait', for: 'evidence', until: START + 180_000 });
    const done = decide(180, leaning);
    expect(done.action).toEqual({ kind: 'finish', finding: 'undecided' });
    expect(done.explanation).toBe(
      'undecided: it hurts at most 0.183 % more of its clients than stable, that is 1.1 clients a minute when most come',
    );
    expect(action(decide(180, leaning, undecided))).toMatchObject({ kind: 'wait', until: START + 1_800_000 });
  });

  test('leaning there takes 50 clients, or the longest wait', () => {
    const few = at(5000, 49, { clientsPerSecond: 0.5 });
    expect(action(few(180, leaning))).toEqual({ kind: 'wait', for: 'evidence', until: START + 1_800_000 });
    expect(action(few(1800, leaning))).toEqual({ kind: 'finish', finding: 'undecided' });
    expect(action(few(180, safe))).toEqual({ kind: 'finish', finding: 'safe' });
    const enough = at(5000, 50, { clientsPerSecond: 0.5 });
    expect(action(enough(180, leaning))).toEqual({ kind: 'finish', finding: 'undecided' });
  });

  test('undecided goes on after half an hour, or back as a precaution', () => {
    expect(action(decide(1799))).toMatchObject({ kind: 'wait', for: 'evidence' });
    expect(action(decide(1800))).toEqual({ kind: 'finish', finding: 'undecided' });
    const suspect = { ...undecided, e: { harm: 14, safe: 0.1 } };
    expect(action(decide(1799, suspect))).toMatchObject({ kind: 'wait' });
    expect(decide(1800, suspect)).toMatchObject({
      action: { kind: 'take-back', reason: 'precaution' },
      explanation: expect.stringContaining('as a precaution: after 30 minutes'),
    });
    expect(action(decide(1, { ...suspect, verdict: 'harm' }))).toEqual({ kind: 'take-back', reason: 'harm' });
  });

  test('without clients waits for them for half an hour, and then says that nobody came', () => {
    const quiet = at(5000, 0, { clientsPerSecond: 0.001 });
    expect(quiet(1799).action).toMatchObject({ kind: 'wait' });
    expect(quiet(1800)).toMatchObject({
      action: { kind: 'finish', finding: 'not observed' },
      explanation: 'not observed: no client came in 30 minutes',
    });
    expect(at(5000, 3, { clientsPerSecond: 0.001 })(1800).explanation).toBe(
      'not observed: only 3 clients came in 30 minutes',
    );
  });

  test('needs a budget for all: what is not known well enough stays, and says so', () => {
    const busy = at(5000, 100, { clientsPerSecond: 1000 });
    expect(busy(200, leaning)).toMatchObject({
      action: { kind: 'wait', for: 'budget' },
      explanation:
        'stays at 50 % until it is known better: it hurts at most 3.66 % more of its clients than stable, and the budget of 10 clients allows no more; for 27 minutes at most',
    });
    expect(busy(1800, leaning)).toMatchObject({
      action: { kind: 'stuck' },
      explanation: expect.stringContaining('waits for a decision'),
    });
  });
});

describe('the pacer', () => {
  test('has nothing to do once all is given', () => {
    expect(at(10_000, 100)(1)).toMatchObject({ step: null, explanation: 'has all of the clients' });
  });

  test('goes on in the middle where nobody comes at all', () => {
    const pace = at(100, 0, { clientsPerSecond: 1000 });
    expect(pace(31).action).toMatchObject({ for: 'budget', until: START + 1_800_000 });
    expect(pace(1800).action).toEqual({ kind: 'widen', weight: 500 });
  });

  test('that measured no traffic goes to half, where waiting is cheap', () => {
    const pace = at(0, 0, { clientsPerSecond: null });
    expect(pace(29)).toMatchObject({
      ceiling: null,
      explanation: 'counts the clients for 1 s more, because how wide it may go depends on how many come',
    });
    expect(pace(30)).toMatchObject({ clientsPerSecond: 0, action: { kind: 'widen', weight: 5000 } });
  });

  test.each<[string, Partial<PaceOptions>]>([
    ['options.budget', { budget: 0 }],
    ['options.clientsPerSecond', { clientsPerSecond: -1 }],
    ['options.alphaUpper', { alphaUpper: 1 }],
    ['options.dwellSeconds', { dwellSeconds: Number.NaN }],
    ['options.steps[1].weight', { steps: [{ weight: 500 }, { weight: 500 }, { weight: 10_000 }] }],
    ['options.steps[0].atLeastSeconds', { steps: [{ weight: 5, atLeastSeconds: -1 }, { weight: 10_000 }] }],
    ['options.steps', { steps: [{ weight: 100 }] }],
    ['options.steps', { steps: [{ weight: 10_000 }] }],
  ])('names %s where it cannot be used', (field, wrong) => {
    const make = () => pacer({ ...PACE_DEFAULTS, ...wrong });
    expect(make).toThrow(JudgeInputError);
    expect(make).toThrow(field);
  });

  test('names a time that goes backwards and a weight above all', () => {
    const pace = pacer(PACE_DEFAULTS);
    const state = pace.initial(START);
    expect(() => pace.decide(state, [], START - 1)).toThrow('now');
    expect(() => pace.reached(state, 10_001, START)).toThrow('weight');
    const none = { n: 0, bad: 0 };
    expect(() => pace.observe(state, { at: START - 1, stable: none, candidate: none })).toThrow('at');
  });
});
