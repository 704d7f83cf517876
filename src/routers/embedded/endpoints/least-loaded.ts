import type { EndpointState } from './endpoint.ts';

/**
 * The less loaded of two endpoints drawn at random: nearly as even as the least loaded of all, without everybody
 * rushing to the same one. Where both have `most` requests in flight, the least loaded of all. null where there is none
 * with less. One that has been healthy for less than `slowStart` ms gets a share that grows with that time. `random`: uniform
 * in [0, 1).
 */
export function leastLoadedOfTwo(
  healthy: readonly EndpointState[],
  most = Number.POSITIVE_INFINITY,
  slowStart = 0,
  random: () => number = Math.random,
): EndpointState | null {
  const drawn = oneOfTwo(healthy, slowStart, random);
  if (drawn === null || drawn.inFlight < most) return drawn;
  const least = healthy.reduce((best, next) => (next.inFlight < best.inFlight ? next : best));
  return least.inFlight < most ? least : null;
}

function oneOfTwo(
  healthy: readonly EndpointState[],
  slowStart: number,
  random: () => number,
): EndpointState | null {
  const count = healthy.length;
  if (count < 2) return healthy[0] ?? null;
  const first = Math.floor(random() * count);
  const second = (first + 1 + Math.floor(random() * (count - 1))) % count;
  const a = healthy[first]!;
  const b = healthy[second]!;
  const [less, more] = b.inFlight < a.inFlight ? [b, a] : [a, b];
  if (slowStart === 0) return less;
  const warmth = (performance.now() - less.healthySince) / slowStart;
  return warmth < 1 && random() >= warmth && more.healthySince < less.healthySince ? more : less;
}
