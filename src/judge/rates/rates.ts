import { addCounts, checkCounts, checkPositive, checkShare, checkTime } from '../input.ts';
import { cappedExp, logAddExp, logMeanExp } from '../logs.ts';
import { belowLimit } from './absolute.ts';
import { absoluteStarts } from './absolute-starts.ts';
import { emptyLikelihood, observeLikelihood, ratioInterval } from './interval.ts';
import { lateStartsLogE, mayReach, minutesBetween } from './late-starts.ts';
import { leanCounts, leansSafe } from './lean.ts';
import type { RateBlock, RateOptions, RateState, RateTest, RateVerdict } from './rate-types.ts';
import { type Exposure, ratioGrid } from './ratio-grid.ts';
import { pastRate, ratioStarts } from './ratio-starts.ts';
import { isComparable, NOBODY, strataOf, together } from './strata.ts';

/** 1.25 times stable's rate and 0.1 % are tolerated; 1 % false alarms, 5 % of the bad ones called safe. */
export const RATE_DEFAULTS: RateOptions = { tolerate: 1.25, floor: 0.001, alphaHarm: 0.01, alphaSafe: 0.05 };

/**
 * The sequential test of two rates: look after every block, as often as you like; the error probabilities hold over
 * the whole rollout. Candidate is worse when its rate is above `tolerate` times stable's *and* above `floor`, so harm
 * needs both processes (the smaller E counts), and safe either (the mean counts).
 *
 * **Harm, once reached, stays**: the bound is on ever reaching it, so a later dip takes nothing back. **Safe does not
 * stay**: it is about what was seen so far, and a candidate may fail later. Harm goes before safe.
 *
 * Do not start again at a change of weight: the test conditions on the actual exposure, and each new start would spend
 * alpha again. Counts are best of *clients*; retries of one client are one fact, not many.
 */
export function rateTest(given: RateOptions): RateTest {
  const { tolerate, floor, alphaHarm, alphaSafe } = given;
  const options = { tolerate, rhoSafe: given.rhoSafe ?? 1.2 * tolerate, floor, alphaHarm, alphaSafe };
  checkOptions(options);
  const better = ratioGrid('better', options.rhoSafe);
  const needed = { harm: 1 / alphaHarm, safe: 1 / alphaSafe };
  const worse = ratioStarts(tolerate, needed.harm);
  const above = floor === 0 ? null : absoluteStarts(floor);
  const below = floor === 0 ? null : belowLimit(floor);

  function initial(): RateState {
    return {
      since: null,
      at: null,
      stable: { n: 0, bad: 0 },
      candidate: { n: 0, bad: 0 },
      open: NOBODY,
      harmRatio: worse.initial(),
      harmAbsolute: above?.initial() ?? { logs: [], minute: 0 },
      safeRatio: new Array<number>(better.size).fill(0),
      likelihood: emptyLikelihood(),
      harm: null,
    };
  }

  function observe(state: RateState, block: RateBlock): RateState {
    checkTime('at', block.at, state.at);
    checkCounts('stable', block.stable);
    checkCounts('candidate', block.candidate);
    const since = state.since ?? block.at;
    const minute = minutesBetween(since, block.at);
    const harmAbsolute = above?.observe(state.harmAbsolute, minute, block.candidate) ?? state.harmAbsolute;
    const { come, late } = strataOf(block.stable, block.candidate);
    const open = together(state.open, come);
    const seen = {
      ...state,
      since,
      at: block.at,
      stable: addCounts('stable', state.stable, block.stable),
      candidate: addCounts('candidate', state.candidate, block.candidate),
      harmAbsolute,
      open: NOBODY,
    };
    const compared = late.e1 + late.e0 === 0 ? seen : compare(seen, minute, late, 0);
    if (!isComparable(open)) return latch({ ...compared, open });
    return latch(compare(compared, minute, open, pastRate(seen.stable, open)));
  }

  function compare(state: RateState, minute: number, block: Exposure, baseRate: number): RateState {
    const harmRatio = worse.observe(state.harmRatio, minute, block, baseRate);
    if (block.e1 + block.e0 === 0) return { ...state, harmRatio };
    const safeRatio = [...state.safeRatio];
    better.add(safeRatio, block);
    return { ...state, harmRatio, safeRatio, likelihood: observeLikelihood(state.likelihood, block) };
  }

  function latch(state: RateState): RateState {
    if (state.harm !== null || !mayReach(state.harmRatio, Math.log(needed.harm))) return state;
    const logE = harmLogE(state);
    return logE < Math.log(needed.harm) ? state : { ...state, harm: { at: state.at!, logE } };
  }

  function harmLogE(state: RateState): number {
    const ratio = lateStartsLogE(state.harmRatio);
    return floor === 0 ? ratio : Math.min(ratio, lateStartsLogE(state.harmAbsolute));
  }

  function safeLogE(state: RateState): number {
    const ratio = logMeanExp(state.safeRatio);
    if (below === null) return ratio;
    return logAddExp(ratio, below(state.candidate.n, state.candidate.bad)) - Math.LN2;
  }

  const logE = (state: RateState) => ({
    harm: Math.min(harmLogE(state), Math.log(needed.harm)),
    safe: safeLogE(state),
  });

  function verdict(state: RateState): RateVerdict {
    const now = logE(state);
    const harm = cappedExp(Math.max(harmLogE(state), state.harm?.logE ?? Number.NEGATIVE_INFINITY));
    const safe = cappedExp(now.safe);
    return {
      verdict: state.harm !== null ? 'harm' : safe >= needed.safe ? 'safe' : 'undecided',
      e: { harm, safe },
      harmNow: cappedExp(now.harm),
      needed,
      ratio: ratioInterval(state.likelihood),
      stable: state.stable,
      candidate: state.candidate,
      leaningSafe: leansSafe({ harm, safe }, leanCounts(state)),
      options,
    };
  }

  return { options, initial, observe, verdict, logE };
}

function checkOptions(options: Required<RateOptions>): void {
  checkPositive('options.tolerate', options.tolerate);
  checkPositive('options.rhoSafe', options.rhoSafe);
  if (options.floor !== 0) checkShare('options.floor', options.floor);
  checkShare('options.alphaHarm', options.alphaHarm);
  checkShare('options.alphaSafe', options.alphaSafe);
}
