import { expect, test } from 'vitest';
import type { MetricVerdict } from '../../src/core/world.ts';
import { EMPTY_FILM, type Film, filmed } from '../../src/evidence/film.ts';

const known = (n: number): MetricVerdict => ({
  metric: 'errors',
  verdict: 'undecided',
  e: { harm: 1.234567, safe: 0.5 },
  ratio: [0.5, 2],
  candidate: { n, bad: 0 },
  stable: { n: 9 * n, bad: 1 },
  leaningSafe: false,
  explanation: 'so far so good',
});
const after = (seconds: number): Film => {
  let film = EMPTY_FILM;
  for (let second = 0; second < seconds; second++) film = filmed(film, second * 1_000, 500, [known(second)]);
  return film;
};

test('keeps a moment a second at first', () => {
  const { every, moments } = after(30);
  expect(every).toBeLessThan(1_000);
  expect(moments.map(({ at }) => at)).toEqual(Array.from({ length: 30 }, (_, second) => second * 1_000));
  expect(moments[7]).toEqual({
    at: 7_000,
    weight: 500,
    metrics: {
      errors: {
        verdict: 'undecided',
        e: { harm: 1.235, safe: 0.5 },
        ratio: [0.5, 2],
        candidate: { n: 7, bad: 0 },
        stable: { n: 63, bad: 1 },
      },
    },
  });
});

test('covers a day in as few moments as a minute, evenly, from its beginning', () => {
  const { every, moments } = after(86_400);
  expect(moments.length).toBeGreaterThan(25);
  expect(moments.length).toBeLessThanOrEqual(60);
  expect(moments[0]!.at).toBe(0);
  const gaps = moments.slice(1).map(({ at }, index) => at - moments[index]!.at);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(every);
  expect(Math.max(...gaps)).toBeLessThan(1.5 * every);
});

test('takes nothing from a judge that says nothing', () => {
  expect(filmed(EMPTY_FILM, 0, 500, [])).toBe(EMPTY_FILM);
});
