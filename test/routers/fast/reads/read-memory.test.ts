import { expect, it } from 'vitest';
import { ReadMemory } from '../../../../src/routers/embedded/fast/reads/read-memory.ts';

it('short reads share one memory', () => {
  const one = new ReadMemory();
  const other = new ReadMemory();
  expect(one.next(100)).toBe(other.next(200));
  expect(one.isOwn).toBe(false);
});

it('a connection that fills what it gets has memory of its own, until it reads little again', () => {
  const one = new ReadMemory();
  const other = new ReadMemory();
  const shared = one.bytes;
  const own = one.next(shared.length);
  expect(one.isOwn).toBe(true);
  expect(other.next(shared.length)).not.toBe(own);
  expect(one.next(own.length)).toBe(own);
  expect(one.next(shared.length - 1)).toBe(shared);
});

it('nobody reads into memory that a write still needs', () => {
  const one = new ReadMemory();
  const lent = one.next(one.bytes.length);
  one.lend();
  const next = one.next(lent.length);
  expect(next).not.toBe(lent);
  one.lend();
  expect(one.next(1)).not.toBe(next);
  const others = Array.from({ length: 50 }, () => {
    const memory = new ReadMemory();
    return memory.next(memory.bytes.length);
  });
  expect(others).not.toContain(lent);
  expect(others).not.toContain(next);
  expect(new Set(others).size).toBe(others.length);
});
