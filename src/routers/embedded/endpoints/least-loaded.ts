import type { EndpointState } from './endpoint.ts';

/**
 * The less loaded of two endpoints drawn at random: nearly as even as the least loaded of all, without everybody
 * rushing to the same one. null where there is none. `random`: uniform in [0, 1).
 */
export function leastLoadedOfTwo(
  healthy: readonly EndpointState[],
  random: () => number = Math.random,
): EndpointState | null {
  const count = healthy.length;
  if (count < 2) return healthy[0] ?? null;
  const first = Math.floor(random() * count);
  const second = (first + 1 + Math.floor(random() * (count - 1))) % count;
  const a = healthy[first]!;
  const b = healthy[second]!;
  return b.inFlight < a.inFlight ? b : a;
}
