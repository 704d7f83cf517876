/** One rollout under another tool's rule, in the same world as `simulateRollout`. */
import { climateOf } from '../climate.ts';
import { crowdOf, type Traffic } from '../crowd.ts';
import { seededRandom } from '../random.ts';
import type { Regression } from '../regression.ts';
import { HORIZON } from '../rollout.ts';
import type { Finished } from '../summary.ts';
import { type Rule, type Ruling, SLOT_SECONDS } from './rule.ts';

export interface RivalOptions {
  readonly rule: Rule;
  readonly traffic: Traffic;
  readonly regression: Regression;
  readonly seed: number;
  readonly run: number;
}

/**
 * These tools count requests, not clients. The platform obeys at once, and their metrics are exact and at hand, which flatters
 * them. A candidate that is out goes on hurting until {@link HORIZON}.
 */
export function rivalRollout({ rule, traffic, regression, seed, run }: RivalOptions): Finished {
  const random = seededRandom(seed, run);
  const crowd = crowdOf(traffic, random);
  const climate = climateOf(traffic, regression, random);
  const began = rule.begin();
  let { share } = began;
  let end: Ruling['end'] = null;
  let endedAt = 0;
  let hurt = 0;
  const requests = (visits: number, rate: number) => {
    const n = visits * traffic.requestsPerClient;
    return { n, bad: random.binomial(n, rate) };
  };
  for (let clock = 0; end === null || (end === 'promoted' && clock * 1000 < HORIZON); clock += SLOT_SECONDS) {
    const now = climate.at(clock, clock);
    const visits = random.poisson(climate.most * SLOT_SECONDS * now.presence);
    const { stable, candidate, hurtMore } = crowd(visits, { ...now, share, epoch: '', minute: 0 });
    hurt += hurtMore;
    if (end !== null) continue;
    const ruling = began.next({
      stable: requests(stable.visits, now.stable),
      candidate: requests(candidate.visits, now.candidate + (1 - now.candidate) * now.broken),
    });
    ({ share, end } = ruling);
    endedAt = (clock + SLOT_SECONDS) * 1000;
  }
  return {
    outcome: end!,
    outAfter: end === 'promoted' ? endedAt : null,
    takenBackAfter: end === 'promoted' ? null : endedAt,
    hurt,
  };
}
