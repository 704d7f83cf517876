import { describe, expect, it } from 'vitest';
import { allTo, fallBackTo } from '../../../src/routers/embedded/table/fallback.ts';
import { canary } from '../support/routing.ts';

describe('fallback', () => {
  const fallback = { to: 'blue', after: 60_000 } as const;
  it('takes only a part of the traffic back, only after the time', () => {
    const at = (weight: number, passed: number) =>
      fallBackTo(canary(1, [], [], weight, { fallback }), 1_000, 1_000 + passed);
    expect(at(500, 59_999)).toBeNull();
    expect(at(500, 60_000)).toBe('blue');
    expect(at(0, 90_000)).toBeNull();
    expect(at(10_000, 90_000)).toBeNull();
    expect(fallBackTo(canary(1, [], [], 500), 0, 1e9)).toBeNull();
  });

  it('no longer claims the revision that was applied', () => {
    const before = canary(1, [], [], 500);
    expect(allTo(before, 'blue').split).toEqual({ blue: 10_000, green: 0 });
    expect(allTo(before, 'blue').revision).not.toBe(before.revision);
  });
});
