import type { PaceOptions, PaceStep } from './options.ts';

/** A step tells something once about this many clients of candidate can have come. */
export const ENOUGH_CLIENTS = 5;
/** A step that would take longer than this to tell anything is left out... */
const TOO_SLOW_SECONDS = 120;
/** ...unless half of the clients are on it, where waiting is cheap. */
const NEVER_SKIPPED = 5_000;

/** The steps that this traffic makes worth while; the last before all always is. `clientsPerSecond` may be 0. */
export function stepsWorthwhile(steps: readonly PaceStep[], clientsPerSecond: number): readonly PaceStep[] {
  return steps.filter(
    (step, j) =>
      step.atLeastSeconds !== undefined ||
      step.weight >= NEVER_SKIPPED ||
      j === steps.length - 2 ||
      secondsForClients(step, clientsPerSecond) <= TOO_SLOW_SECONDS,
  );
}

/** Least seconds at a step's full weight: `max(dwell, 5/(clients*step))`, the second at most the longest wait. */
export function dwellOf(step: PaceStep, clientsPerSecond: number, options: PaceOptions): number {
  if (step.atLeastSeconds !== undefined) return step.atLeastSeconds;
  return Math.max(
    options.dwellSeconds,
    Math.min(options.longestSeconds, secondsForClients(step, clientsPerSecond)),
  );
}

/** How long {@link ENOUGH_CLIENTS} clients of candidate take; Infinity where nobody comes. */
function secondsForClients({ weight }: PaceStep, clientsPerSecond: number): number {
  return (ENOUGH_CLIENTS * 10_000) / (clientsPerSecond * weight);
}
