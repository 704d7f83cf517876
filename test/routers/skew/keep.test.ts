import { describe, expect, it } from 'vitest';
import type { DesiredSkew } from '../../../src/core/world.ts';
import type { Placement } from '../../../src/routers/embedded/clients/placement.ts';
import { readerOf } from '../../../src/routers/embedded/clients/read-header.ts';
import { keep } from '../../../src/routers/embedded/skew/keep.ts';
import { isPageLoad } from '../../../src/routers/embedded/skew/page-load.ts';
import { createPins } from '../../../src/routers/embedded/skew/pins.ts';
import { standInFor } from '../../../src/routers/embedded/skew/stand-in.ts';

const MINUTE = 60_000;
const SHIFTED = 1_000 * MINUTE;

const skew = (standIns: DesiredSkew['standIns'] = ['blue', 'green']): DesiredSkew => ({
  ...{ paths: 'hashed', pin: 10 * MINUTE },
  standIns,
});
/** Blue holds r1, green r2 with this share; green is the candidate unless said otherwise. */
const table = (weight: number, standIns?: DesiredSkew['standIns'], candidate: 'green' | null = 'green') => ({
  candidate,
  skew: skew(standIns),
  split: { blue: 10_000 - weight, green: weight },
  releases: { blue: 'r1', green: 'r2' },
});
const assigned = (colour: 'blue' | 'green'): Placement => ({ kind: 'assigned', colour, identity: 'ann' });
const before = { release: 'r1', at: SHIFTED - MINUTE };
const now = SHIFTED + MINUTE;
const can = () => true;

describe('a client with a page of before the switch', () => {
  it('stays on the release of that page, and is no evidence', () => {
    const kept = { kind: 'kept', colour: 'blue' };
    expect(keep(table(10_000), SHIFTED, assigned('green'), before, now, can)).toEqual(kept);
    expect(keep(table(500), SHIFTED, assigned('green'), before, now, can)).toEqual(kept);
  });

  it('goes on with the others when its time is over, its page is new, or nobody is there', () => {
    const green = assigned('green');
    const rule = table(10_000);
    expect(keep(rule, SHIFTED, green, before, SHIFTED + 9 * MINUTE, can)).toBe(green);
    expect(keep(rule, SHIFTED, green, { release: 'r1', at: SHIFTED + 1 }, now, can)).toBe(green);
    expect(keep(rule, SHIFTED, green, { release: 'r0', at: SHIFTED - 1 }, now, can)).toBe(green);
    expect(keep(rule, SHIFTED, green, before, now, () => false)).toBe(green);
    expect(keep({ ...rule, skew: null }, SHIFTED, green, before, now, can)).toBe(green);
  });

  it('leaves a release that is taken back at once, whatever its page came from', () => {
    const mine = { release: 'r2', at: SHIFTED - MINUTE };
    const blue = assigned('blue');
    expect(keep(table(0, ['blue']), SHIFTED, blue, mine, now, can)).toBe(blue);
    // A router that went to stable by itself has the table of before.
    expect(keep(table(0), SHIFTED, blue, mine, now, can)).toBe(blue);
    // A rollback after the promotion: the release that was good until now may not answer any more.
    const bad = { ...table(0, ['blue'], null), candidate: 'blue' as const };
    expect(keep(bad, SHIFTED, blue, mine, now, can)).toBe(blue);
  });

  it('is never led to a candidate', () => {
    const mine = { release: 'r2', at: SHIFTED - MINUTE };
    expect(keep(table(500), SHIFTED, assigned('blue'), mine, now, can).colour).toBe('blue');
    expect(keep(table(9_999), SHIFTED, assigned('blue'), mine, now, can).colour).toBe('blue');
  });

  it('is no evidence in either arm while they are compared, so that both lack the same clients', () => {
    const mine = { release: 'r2', at: SHIFTED - MINUTE };
    expect(keep(table(500), SHIFTED, assigned('blue'), before, now, can).kind).toBe('kept');
    expect(keep(table(500), SHIFTED, assigned('green'), mine, now, can).kind).toBe('kept');
    expect(keep(table(10_000), SHIFTED, assigned('green'), mine, now, can).kind).toBe('assigned');
  });
});

describe('who stands in', () => {
  it('is the other one, if it is in service or warm', () => {
    expect(standInFor(table(500), 'blue')).toBe('green');
    expect(standInFor(table(500), 'green')).toBe('blue');
    expect(standInFor(table(10_000, ['blue', 'green'], null), 'green')).toBe('blue');
  });
  it('is nobody where the other is a candidate without a share, not there, or the same release', () => {
    expect(standInFor(table(0), 'blue')).toBeNull();
    expect(standInFor(table(500, ['blue']), 'blue')).toBeNull();
    expect(standInFor({ ...table(500), releases: { blue: 'r1', green: null } }, 'blue')).toBeNull();
    expect(standInFor({ ...table(500), releases: { blue: 'r1', green: 'r1' } }, 'blue')).toBeNull();
    expect(standInFor({ ...table(500), skew: null }, 'blue')).toBeNull();
  });
});

describe('pins', () => {
  const pins = createPins(Buffer.alloc(32, 1));
  const cookie = `a=b; teal_pin=${pins.write('shop', before)}`;

  it('come back as they were written', () => {
    expect(pins.of(cookie, 'shop')).toEqual(before);
    const odd = { release: 'r.1;é', at: 5 };
    expect(pins.of(`teal_pin=${pins.write('shop', odd)}`, 'shop')).toEqual(odd);
    expect(pins.of('a=b', 'shop')).toBeNull();
    expect(pins.of(undefined, 'shop')).toBeNull();
  });

  it('are worth nothing where they were changed, made elsewhere or for another service', () => {
    expect(pins.of(cookie, 'blog')).toBeNull();
    expect(createPins(Buffer.alloc(32, 2)).of(cookie, 'shop')).toBeNull();
    const [release, at, signature] = pins.write('shop', before).split('.');
    const later = (SHIFTED + 99 * MINUTE).toString(36);
    for (const forged of [
      `r2.${at}.${signature}`,
      `${release}.${later}.${signature}`,
      '..',
      '',
      'r1.a.b',
      signature,
    ]) {
      expect(pins.of(`teal_pin=${forged}`, 'shop')).toBeNull();
    }
  });
});

describe('a page load', () => {
  it.each([
    [{ 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, true],
    [{ 'sec-fetch-mode': 'navigate' }, true],
    [{ 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }, false],
    [{ 'sec-fetch-mode': 'cors', accept: 'text/html' }, false],
    [{ accept: 'text/html,application/xhtml+xml' }, true],
    [{ accept: '*/*' }, false],
    [{}, false],
  ])('%j: %s', (headers, is) => {
    expect(isPageLoad(readerOf(headers))).toBe(is);
  });
});
