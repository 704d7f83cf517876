import { expect, test } from 'vitest';
import { homeAt, requireShortPath, socketPathExcess } from '../../src/system/home.ts';

test('a path that fits, with spaces', () => {
  const home = homeAt('/srv/my teal');
  expect(socketPathExcess(home)).toBe(0);
  expect(() => requireShortPath(home)).not.toThrow();
});

test('a path whose sockets the system refuses is refused beforehand', () => {
  const home = homeAt(`/${'x'.repeat(110)}`);
  expect(() => requireShortPath(home)).toThrow(
    expect.objectContaining({ code: 'E_HOME_TOO_LONG', exitCode: 2 }),
  );
});

test('bytes count, not characters', () => {
  expect(socketPathExcess(homeAt(`/${'x'.repeat(60)}`))).toBe(0);
  expect(socketPathExcess(homeAt(`/${'ö'.repeat(60)}`))).toBeGreaterThan(0);
});
