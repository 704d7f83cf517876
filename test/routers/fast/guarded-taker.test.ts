import { expect, it } from 'vitest';
import { type FaultyTaker, GuardedTaker } from '../../../src/routers/embedded/fast/guarded-taker.ts';
import { ReadMemory } from '../../../src/routers/embedded/fast/reads/read-memory.ts';

it('a defect in anything that comes from an instance ends the one it belongs to, and nothing else', () => {
  const faults: unknown[] = [];
  const defect = (): never => {
    throw new Error(`defect ${faults.length}`);
  };
  const broken: FaultyTaker = {
    connected: defect,
    received: defect,
    ended: defect,
    closed: defect,
    drained: defect,
    fault: (error) => void faults.push(error),
  };
  const guard = new GuardedTaker(broken);
  guard.connected();
  expect(guard.received(new ReadMemory(), 1)).toBe(false);
  guard.ended();
  guard.closed(null);
  guard.drained();
  expect(faults.map((fault) => (fault as Error).message)).toEqual(
    [0, 1, 2, 3, 4].map((count) => `defect ${count}`),
  );
});
