import { describe, expect, it } from 'vitest';
import { LoadShedder } from '../../../src/routers/embedded/overload/load-shedder.ts';
import { StandingQueue, TARGET } from '../../../src/routers/embedded/overload/standing-queue.ts';
import { WaitingRoom } from '../../../src/routers/embedded/overload/waiting-room.ts';

describe('a queue', () => {
  /** Looks at it after as many requests as may be the reason. */
  const look = (queue: StandingQueue, lag: number, idle: boolean, now: number, requests = 32) => {
    const stands = queue.stands(lag, idle, now);
    for (let i = 0; i < requests; i += 1) queue.came();
    return stands;
  };

  it('stands when everybody has waited too long for half a second', () => {
    const queue = new StandingQueue();
    expect(look(queue, TARGET, false, 0)).toBe(false);
    expect(look(queue, TARGET, false, 250)).toBe(false);
    expect(look(queue, TARGET, false, 499)).toBe(false);
    expect(look(queue, TARGET, false, 500)).toBe(true);
  });

  it('does not when one did not wait, or when nobody did for a moment', () => {
    for (const [lag, idle] of [
      [TARGET - 1, false],
      [10 * TARGET, true],
    ] as const) {
      const queue = new StandingQueue();
      for (let now = 0; now <= 1_000; now += 100) look(queue, TARGET, false, now);
      expect(look(queue, TARGET, false, 1_100)).toBe(true);
      expect(look(queue, lag, idle, 1_200)).toBe(false);
      expect(look(queue, TARGET, false, 1_300)).toBe(false);
      expect(look(queue, TARGET, false, 1_700)).toBe(false);
      expect(look(queue, TARGET, false, 1_800)).toBe(true);
    }
  });

  it('does not because of one long wait that left others behind, each shorter than the last', () => {
    const queue = new StandingQueue();
    expect(look(queue, 20_000, false, 20_000)).toBe(false);
    expect(look(queue, 12_000, false, 32_000)).toBe(false);
    expect(look(queue, 7_000, false, 39_000)).toBe(false);
    expect(look(queue, 6_000, false, 45_000)).toBe(true);
  });

  it('does not where few requests come: they are not what keeps the process busy', () => {
    const queue = new StandingQueue();
    for (let now = 0; now < 600; now += 200) expect(look(queue, TARGET, false, now, 10)).toBe(false);
    expect(look(queue, TARGET, false, 600, 2)).toBe(false);
    expect(look(queue, TARGET, false, 800, 0)).toBe(true);
  });
});

describe('the share that is refused', () => {
  const late = (shedder: LoadShedder, from: number, to: number, lag: number, idle = false) => {
    for (let now = from; now <= to; now += 50) {
      shedder.sample(lag, idle, now);
      for (let i = 0; i < 10; i += 1) shedder.refuses();
    }
  };

  it('is none for a burst, a collection of garbage, or a machine that is busy with something else', () => {
    const shedder = new LoadShedder();
    late(shedder, 0, 50, 400);
    late(shedder, 100, 100, 10);
    late(shedder, 150, 200, 400);
    expect(shedder.share).toBe(0);
    late(shedder, 250, 5_000, 400, true);
    expect(shedder.share).toBe(0);
    expect(Array.from({ length: 100 }, () => shedder.refuses())).not.toContain(true);
  });

  it('grows while everybody waits too long, but never to all, and shrinks to none', () => {
    const shedder = new LoadShedder();
    late(shedder, 0, 600, 240);
    expect(shedder.share).toBeGreaterThan(0);
    late(shedder, 650, 5_000, 240);
    expect(shedder.share).toBeCloseTo(0.9, 6);
    const refused = Array.from({ length: 2_000 }, () => shedder.refuses()).filter((is) => is).length;
    expect(refused).toBeGreaterThan(1_700);
    expect(refused).toBeLessThan(2_000);
    late(shedder, 5_050, 6_000, 80);
    expect(shedder.share).toBe(0);
  });

  it('grows while one waits on and on', () => {
    const shedder = new LoadShedder();
    shedder.waits(150, 150);
    for (let now = 200; now <= 600; now += 100) {
      shedder.waits(now, now);
      for (let i = 0; i < 10; i += 1) shedder.refuses();
    }
    expect(shedder.share).toBe(0);
    shedder.waits(700, 700);
    const { share } = shedder;
    expect(share).toBeGreaterThan(0);
    // Somebody who has waited for less says nothing of how long it is going to be.
    shedder.waits(300, 1_000);
    expect(shedder.share).toBe(share);
  });

  it('is there again at once when the crowd is, and only then', () => {
    const shedder = new LoadShedder();
    late(shedder, 0, 1_000, 240);
    late(shedder, 1_050, 2_000, 80);
    expect(shedder.share).toBe(0);
    late(shedder, 2_050, 2_050, 240);
    expect(shedder.share).toBeGreaterThan(0);
    late(shedder, 2_100, 9_000, 80);
    late(shedder, 9_050, 9_500, 240);
    expect(shedder.share).toBe(0);
  });
});

describe('handshakes of TLS', () => {
  /** A second in which everybody waits too long, and so many come of each. */
  const crowded = (shedder: LoadShedder, from: number, requests: number, handshakes: number) => {
    for (let now = from; now < from + 1_000; now += 100) {
      shedder.sample(2 * TARGET, false, now);
      for (let i = 0; i < requests / 10; i += 1) shedder.refuses();
      for (let i = 0; i < (2 * handshakes) / 10; i += 1) shedder.greets();
    }
  };

  it('refuse nobody where it is they that take the processor', () => {
    const shedder = new LoadShedder();
    crowded(shedder, 0, 1_000, 200);
    crowded(shedder, 1_000, 200, 200);
    // What has begun and is not over takes as long.
    crowded(shedder, 2_000, 500, 0);
    expect(shedder.share).toBe(0);
  });

  it('do not keep a crowd from being refused, and end it when they take over', () => {
    const shedder = new LoadShedder();
    crowded(shedder, 0, 1_000, 50);
    expect(shedder.share).toBeGreaterThan(0.5);
    crowded(shedder, 1_000, 200, 200);
    crowded(shedder, 2_000, 200, 200);
    expect(shedder.share).toBe(0);
    for (let from = 3_000; from < 8_000; from += 1_000) crowded(shedder, from, 1_000, 0);
    expect(shedder.share).toBeGreaterThan(0.5);
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
