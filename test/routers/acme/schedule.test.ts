import { describe, expect, it } from 'vitest';
import { renewalAt, retryAt } from '../../../src/routers/embedded/acme/schedule.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('when certificates are ordered', () => {
  it('renews when a third of the life is left, at most a tenth of that earlier', () => {
    const life = { from: 0, to: 90 * DAY };
    expect(renewalAt(life, 0)).toBe(60 * DAY);
    expect(renewalAt(life, 1)).toBe(57 * DAY);
  });

  it('waits ever longer after failures, but never longer than a day', () => {
    const pauses = [1, 2, 3, 4, 20].map((failures) => retryAt({ failures, at: 0, retryAfter: null }, 0));
    expect(pauses).toEqual([5 * MINUTE, 15 * MINUTE, 45 * MINUTE, 135 * MINUTE, DAY]);
  });

  it('waits for as long as the authority wants', () => {
    expect(retryAt({ failures: 1, at: 7, retryAfter: 2 * HOUR }, 0)).toBe(7 + 2 * HOUR);
    expect(retryAt({ failures: 9, at: 7, retryAfter: 1 }, 0)).toBe(7 + DAY);
  });

  it('fails at most four times in any hour, however it is spread', () => {
    for (const spread of [0, 0.5, 1]) {
      const times = [0];
      for (let failures = 1; times.at(-1)! < DAY; failures += 1) {
        times.push(retryAt({ failures, at: times.at(-1)!, retryAfter: null }, spread));
      }
      for (const start of times) {
        expect(times.filter((at) => at >= start && at < start + HOUR).length).toBeLessThanOrEqual(4);
      }
    }
  });
});
