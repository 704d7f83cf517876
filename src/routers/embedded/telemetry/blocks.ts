import type { Colour } from '../../../core/model.ts';
import type { TrafficBlock } from '../../../core/ports.ts';
import type { Arm } from './arm.ts';

/** A block that has no number yet. */
export type NewBlock = Omit<TrafficBlock, 'number'>;

/** Requests in flight now. */
export type InFlight = (service: string, environment: Colour) => number;

/** A block for each arm that counted something since the last call. `at` and `length` in ms. */
export function cutBlocks(
  arms: readonly Arm[],
  at: number,
  length: number,
  inFlight: InFlight,
): readonly NewBlock[] {
  return arms.flatMap((arm) => {
    const counts = arm.drain(performance.now());
    if (counts === null) return [];
    const { service, environment, release, epoch } = arm;
    const flying = inFlight(service, environment);
    return [{ at, length, service, environment, release, epoch, ...counts, inFlight: flying }];
  });
}
