import { describe, expect, test } from 'vitest';
import {
  createJudgeStream,
  JudgeInputError,
  JudgeLineError,
  RATE_DEFAULTS,
  rateTest,
} from '../../src/judge/index.ts';
import { parseTimestamp } from '../../src/judge/timestamp.ts';

const START = Date.UTC(2026, 0, 1);
const line = (second: number, candidate: object, stable: object, more: object = {}) =>
  JSON.stringify({ t: new Date(START + second * 1000).toISOString(), stable, candidate, ...more });

describe('a stream of blocks', () => {
  test('gives a verdict for each line, with its series and metric', () => {
    const stream = createJudgeStream({ clientsPerSecond: 100 });
    const text =
      '{"t":"2026-01-01T00:00:01Z","stable":{"n":90,"bad":1},"candidate":{"n":10,"bad":2},"metric":"errors","series":"shop"}';
    expect(JSON.parse(stream.line(text))).toEqual({
      t: '2026-01-01T00:00:01Z',
      series: 'shop',
      metric: 'errors',
      verdict: 'undecided',
      e: { harm: expect.any(Number), safe: expect.any(Number) },
      ratio: [expect.any(Number), expect.any(Number)],
      budgetWeight: 666,
    });
  });

  test('says what the test itself says', () => {
    const stream = createJudgeStream({ tolerate: 2 });
    const judge = rateTest({ ...RATE_DEFAULTS, tolerate: 2 });
    let state = judge.initial();
    for (let second = 0; second < 100; second++) {
      const [candidate, stable] = [
        { n: 10, bad: second % 3 },
        { n: 90, bad: 1 },
      ];
      state = judge.observe(state, { at: START + second * 1000, candidate, stable });
      const { verdict, e, ratio } = judge.verdict(state);
      const written = JSON.parse(stream.line(line(second, candidate, stable)));
      expect(written).toMatchObject({ verdict, e, ratio, metric: 'errors' });
      expect(written).not.toHaveProperty('series');
    }
    expect(state.harm).not.toBeNull();
  });

  test('judges series and metrics independently', () => {
    const stream = createJudgeStream({});
    const last = { good: '', bad: '', slow: '' };
    for (let second = 0; second < 60; second++) {
      last.bad = stream.line(line(second, { n: 10, bad: 5 }, { n: 90, bad: 1 }, { series: 'a' }));
      last.good = stream.line(line(second, { n: 100, bad: 0 }, { n: 900, bad: 1 }, { series: 'b' }));
      last.slow = stream.line(
        line(second, { n: 1, bad: 0 }, { n: 9, bad: 0 }, { series: 'a', metric: 'slow' }),
      );
    }
    expect(JSON.parse(last.bad).verdict).toBe('harm');
    expect(JSON.parse(last.good).verdict).toBe('safe');
    expect(JSON.parse(last.slow)).toMatchObject({ verdict: 'undecided', metric: 'slow', series: 'a' });
  });

  test('allows no weight before traffic is known, and more as evidence comes', () => {
    const stream = createJudgeStream({ budget: 5 });
    const weights = Array.from(
      { length: 600 },
      (_, second) => JSON.parse(stream.line(line(second, { n: 10, bad: 0 }, { n: 90, bad: 0 }))).budgetWeight,
    );
    expect(weights.slice(0, 30).every((weight) => weight === null)).toBe(true);
    expect(weights[30]).toBeGreaterThan(300);
    expect(weights[599]).toBe(10_000);
  });

  test('takes a line with a byte order mark before it and a carriage return behind it', () => {
    const text = line(1, { n: 10, bad: 1 }, { n: 90, bad: 1 });
    expect(createJudgeStream({}).line(`\uFEFF${text}\r`)).toBe(createJudgeStream({}).line(text));
  });

  test('passes over blank lines', () => {
    expect(createJudgeStream({}).line('  ')).toBe('');
  });
});

describe('a malformed line', () => {
  const good = line(5, { n: 1, bad: 0 }, { n: 1, bad: 0 });

  test.each([
    ['no JSON', '{"t":', null],
    ['no object', '[1]', null],
    ['no time', '{"stable":{"n":1,"bad":0},"candidate":{"n":1,"bad":0}}', 't'],
    ['an impossible time', '{"t":"2026-02-30T00:00:00Z"}', 't'],
    ['a time before the last', line(4, { n: 1, bad: 0 }, { n: 1, bad: 0 }), 't'],
    ['a missing arm', line(6, { n: 1, bad: 0 }, { n: 1, bad: 0 }, { stable: undefined }), 'stable'],
    ['a text for a number', line(6, { n: '1', bad: 0 }, { n: 1, bad: 0 }), 'candidate.n'],
    ['a negative number', line(6, { n: 1, bad: -1 }, { n: 1, bad: 0 }), 'candidate.bad'],
    ['more bad than all', line(6, { n: 1, bad: 0 }, { n: 1, bad: 3 }), 'stable.bad'],
    [
      'a number that no double holds exactly',
      line(6, { n: 2 ** 53, bad: 0 }, { n: 1, bad: 0 }),
      'candidate.n',
    ],
    ['a number beyond all', good.replace('"n":1', '"n":1e999'), 'stable.n'],
    ['half a client', line(6, { n: 1.5, bad: 0 }, { n: 1, bad: 0 }), 'candidate.n'],
    ['NaN, which is null in JSON', line(6, { n: 1, bad: 0 }, { n: 1, bad: Number.NaN }), 'stable.bad'],
    ['an arm that is a number', line(6, { n: 1, bad: 0 }, {}, { stable: 7 }), 'stable'],
    ['more late than bad', line(6, { n: 9, bad: 1, late: 2 }, { n: 1, bad: 0 }), 'candidate.late'],
    ['fewer than no fine ones', line(6, { n: 9, bad: 1 }, { n: 1, bad: 0, fine: -1 }), 'stable.fine'],
    ['a series that is no text', line(6, { n: 1, bad: 0 }, { n: 1, bad: 0 }, { series: {} }), 'series'],
    ['a metric that is no text', line(6, { n: 1, bad: 0 }, { n: 1, bad: 0 }, { metric: 1 }), 'metric'],
  ])('with %s is an error with its number, and as if it had not been', (_, text, field) => {
    const stream = createJudgeStream({});
    stream.line(good);
    let caught: unknown;
    try {
      stream.line(text);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(JudgeLineError);
    expect(caught).toMatchObject({ line: 2, field });
    expect((caught as JudgeLineError).message).toMatch(/^line 2: /);

    const untouched = createJudgeStream({});
    untouched.line(good);
    const next = line(7, { n: 3, bad: 1 }, { n: 5, bad: 0 });
    expect(stream.line(next)).toBe(untouched.line(next));
  });

  test('is one thing, a wrong option another', () => {
    expect(() => createJudgeStream({ alphaHarm: 2 })).toThrow(JudgeInputError);
    expect(() => createJudgeStream({ clientsPerSecond: 0 })).toThrow('options.clientsPerSecond');
    expect(() => createJudgeStream({ budget: Number.NaN })).toThrow('options.budget');
  });
});

describe('a timestamp', () => {
  test.each([
    '1970-01-01T00:00:00Z',
    '2000-02-29T23:59:59.123Z',
    '2026-01-01T00:00:01+02:30',
    '2099-12-31T12:00:00-11:00',
    '1969-07-20T20:17:40Z',
    '1900-03-01T00:00:00Z',
  ])('%s is what Date says', (text) => {
    expect(parseTimestamp(text)).toBe(Date.parse(text));
  });

  test.each([
    '',
    '2026-01-01',
    '2026-13-01T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:00',
  ])('%s is none', (text) => {
    expect(parseTimestamp(text)).toBeNull();
  });
});
