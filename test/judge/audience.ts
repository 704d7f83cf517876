import type { RateBlock } from '../../src/judge/index.ts';
import { type Conditions, crowdOf, EPOCH_SECONDS, type Traffic } from '../../src/simulate/crowd.ts';
import { seededRandom } from '../../src/simulate/random.ts';

/** What happens in a second. */
export type Second = Pick<Conditions, 'share' | 'stable' | 'candidate'>;

/**
 * Blocks of a second of an audience that comes again and again, as the router and the fold count them: once in ten minutes, and
 * once more when first hurt. Visits are as many as `traffic` says on average.
 */
export function* audienceBlocks(
  traffic: Traffic,
  seconds: number,
  happens: (second: number) => Second,
  seed: number,
  run: number,
): Generator<RateBlock, void> {
  const random = seededRandom(seed, run);
  const visit = crowdOf(traffic, random);
  const begin = Math.floor(random.uniform() * EPOCH_SECONDS);
  let fine = { stable: 0, candidate: 0 };
  let last = '';
  for (let second = begin; second < begin + seconds; second++) {
    const now = happens(second - begin);
    const epoch = `${now.share}/${Math.floor(second / EPOCH_SECONDS)}`;
    if (epoch !== last) fine = { stable: 0, candidate: 0 };
    last = epoch;
    const came = visit(random.poisson(traffic.clientsPerSecond), {
      ...now,
      presence: 1,
      broken: 0,
      slowness: 1,
      epoch,
      minute: 0,
    });
    const arm = ({ seen, hurt, late }: typeof came.stable, left: number) => ({
      n: seen,
      bad: hurt,
      late,
      fine: left,
    });
    yield {
      at: second * 1000,
      stable: arm(came.stable, fine.stable),
      candidate: arm(came.candidate, fine.candidate),
    };
    fine = {
      stable: fine.stable + came.stable.seen - came.stable.hurt,
      candidate: fine.candidate + came.candidate.seen - came.candidate.hurt,
    };
  }
}
