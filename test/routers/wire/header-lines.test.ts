import { describe, expect, it } from 'vitest';
import { listOf } from '../../../src/routers/embedded/h2/headers.ts';
import { HeaderLines } from '../../../src/routers/embedded/wire/header-lines.ts';
import { MOST_NAMES, namesSoFar } from '../../../src/routers/embedded/wire/names.ts';

const head = (...lines: string[]) => Buffer.from(`${lines.map((line) => `${line}\r\n`).join('')}\r\n`);
const read = (lines: HeaderLines, bytes: Buffer) => lines.parse(bytes, 0, bytes.length);

describe('lines of a head', () => {
  it('finds a name in the head that was read before anybody looked for it, and in later ones', () => {
    const lines = new HeaderLines();
    const first = head('Host: h', 'X-Tenant-One: a', 'x-tenant-one: b');
    const second = head('X-TENANT-ONE: c', 'Host: h');
    const third = head('Host: h');
    for (let round = 0; round < 2; round += 1) {
      expect(read(lines, first)).toBe(first.length);
      expect(lines.value(first, 'X-Tenant-One')).toBe('a');
      expect(lines.isRepeated(first, 'x-tenant-ONE')).toBe(true);
      expect(lines.repeats).toBe(false); // what it means is for whoever looks for it to say
      read(lines, second);
      expect(lines.value(second, 'x-tenant-one')).toBe('c');
      expect(lines.isRepeated(second, 'x-tenant-one')).toBe(false);
      read(lines, third);
      expect(lines.value(third, 'x-tenant-one')).toBeUndefined();
    }
  });

  it('finds names also when no numbers are left', () => {
    const lines = new HeaderLines();
    const bytes = head('Host: h', 'X-After-All: a', 'X-After-All: b');
    for (let i = 0; namesSoFar() < MOST_NAMES; i += 1) lines.find(bytes, `x-name-${i}`);
    for (let round = 0; round < 2; round += 1) {
      read(lines, bytes);
      expect(lines.value(bytes, 'X-After-All')).toBe('a');
      expect(lines.isRepeated(bytes, 'x-after-all')).toBe(true);
      expect(lines.value(bytes, 'x-name-1')).toBeUndefined();
    }
  });
});

it('says a head in HTTP/2: names that stand once stand once, and own lines replace or join', () => {
  const said = listOf(
    404,
    ['Content-Type', 'a', 'content-type', 'b', 'Set-Cookie', 'c', 'Set-Cookie', 'd', 'X-Teal-Release', 'e'],
    ['X-Teal-Release', 'f', 'Set-Cookie', 'g'],
  );
  expect(said).toEqual([
    ...[':status', '404', 'content-type', 'a', 'set-cookie', 'c', 'set-cookie', 'd'],
    ...['x-teal-release', 'f', 'set-cookie', 'g'],
  ]);
});
