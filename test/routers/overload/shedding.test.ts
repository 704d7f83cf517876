import { describe, expect, it } from 'vitest';
import { LoadShedder } from '../../../src/routers/embedded/overload/load-shedder.ts';
import { WaitingRoom } from '../../../src/routers/embedded/overload/waiting-room.ts';

describe('the share that is refused', () => {
  const late = (shedder: LoadShedder, from: number, to: number, lag: number, busy = 1) => {
    for (let now = from; now <= to; now += 50) shedder.sample(lag, busy, now);
  };

  it('is none for a burst, a collection of garbage, or a machine that is busy with something else', () => {
    const shedder = new LoadShedder();
    late(shedder, 0, 50, 200);
    late(shedder, 100, 100, 10);
    late(shedder, 150, 200, 200);
    expect(shedder.share).toBe(0);
    late(shedder, 250, 5_000, 200, 0.1);
    expect(shedder.share).toBe(0);
    expect(Array.from({ length: 100 }, () => shedder.refuses())).not.toContain(true);
  });

  it('grows while everybody waits too long, but never to all, and shrinks to none', () => {
    const shedder = new LoadShedder();
    late(shedder, 0, 600, 60);
    expect(shedder.share).toBeGreaterThan(0);
    late(shedder, 650, 5_000, 60);
    expect(shedder.share).toBe(0.95);
    const refused = Array.from({ length: 2_000 }, () => shedder.refuses()).filter((is) => is).length;
    expect(refused).toBeGreaterThan(1_800);
    expect(refused).toBeLessThan(2_000);
    late(shedder, 5_050, 15_000, 20);
    expect(shedder.share).toBe(0);
  });

  it('comes to rest where as much is served as can be', () => {
    const shedder = new LoadShedder();
    const shares: number[] = [];
    // Twice as much comes as can be served: the loop is late as long as less than half is refused.
    for (let now = 0; now < 60_000; now += 50) {
      shedder.sample(shedder.share < 0.5 ? 100 : 20, 1, now);
      if (now > 10_000) shares.push(shedder.share);
    }
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    expect(mean).toBeGreaterThan(0.4);
    expect(mean).toBeLessThan(0.6);
  });
});

describe('those who wait for room', () => {
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it('are called in the order of their coming, one for each that has left', async () => {
    const room = new WaitingRoom();
    const called: string[] = [];
    for (const name of ['a', 'b', 'c']) expect(room.enter(3, () => called.push(name))).not.toBeNull();
    expect(room.enter(3, () => called.push('d'))).toBeNull();
    room.next();
    expect(called).toEqual([]);
    await turn();
    expect(called).toEqual(['a']);
    room.all();
    room.next();
    await turn();
    expect(called).toEqual(['a', 'b', 'c']);
    expect(room.isEmpty).toBe(true);
  });

  it('give their room to the next one when they leave after they were called', async () => {
    const room = new WaitingRoom();
    const called: string[] = [];
    const leave = room.enter(9, () => called.push('a'))!;
    room.enter(9, () => called.push('b'));
    room.next();
    leave();
    leave();
    await turn();
    expect(called).toEqual(['b']);
  });
});
