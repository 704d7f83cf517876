/**
 * The rate in windows of one length as a random number: a process against "as bad as the past, bursts and all".
 *
 * Null hypothesis: in each window (of 10 s, say) the rate is a new gamma number with mean at most `rate`, and given that, who is hurt is
 * a Poisson number (which a binomial one is not worse than: `1 + p(a-1) <= exp(p(a-1))`). So what a window counts is negative binomial
 * (Greenwood & Yule 1920), and a burst in it is one fact, not as many as there were errors in it. Alternative j: all of its rates are `r_j` times as high.
 * With shape K, and y bad ones where L were expected (clients times `rate`), the likelihood ratio of a window is `r^y * ((K+L)/(K+r*L))^(K+y)`. Mixed over
 * alternatives, and over starts, one at the end of each window, it is a test martingale, and Ville's inequality does the rest.
 *
 * The mean of a window varies less than its parts do: a burst of three seconds is not one of ten. So there are two such processes, and their mean counts. One
 * looks at whole windows, with the shape of their means. The other also looks at the window that runs, and takes for granted that what it sees of it
 * may be as bad as single seconds were: slow where bursts are the rule, and quick where something fails beyond all of them. (The likelihood ratio is convex in y, and the mean
 * of several gamma numbers is less in the convex order than one of them. So each look has a mean of at most 1; that all looks within a window together keep to it
 * is exact only where the rate stays the same in it.)
 */
import { logAddExp, logSumExp } from '../logs.ts';
import { unstartedShare } from '../rates/late-starts.ts';

export interface BurstOptions {
  /** Length of a window, seconds. */
  readonly seconds: number;
  /** Mean rate (0-1) up to which nothing is wrong. */
  readonly rate: number;
  /** Of the gamma distribution of a window's mean rate: 1 is an exponential one, and from some hundreds on the rate is as good as constant. */
  readonly shape: number;
  /** Of the rate in the shortest part of a window. */
  readonly shapeWithin: number;
}

/** Plain data that survives JSON. */
export interface BurstState {
  /** Beginning of the window that runs, Unix ms; null: none. */
  readonly at: number | null;
  /** Expected and bad so far in the window that runs. */
  readonly expected: number;
  readonly bad: number;
  /** Up to the beginning of that window, by the shape of a part of it. */
  readonly within: Starts;
  /** The same by that of whole windows; null: the first of them has not begun. */
  readonly whole: Starts | null;
}

/** ln of each alternative's share, over all starts so far, and the minutes of the last of them since the beginning of all. */
interface Starts {
  readonly minute: number;
  readonly logs: readonly number[];
}

export interface BurstProcess {
  readonly options: BurstOptions;
  initial(): BurstState;
  /** `minute`: of the block, since the beginning; `exposed`: clients who may have been hurt in it. */
  observe(state: BurstState, block: BurstBlock): BurstState;
  logE(state: BurstState): number;
}

export interface BurstBlock {
  /** Unix ms. */
  readonly at: number;
  readonly minute: number;
  readonly exposed: number;
  readonly bad: number;
}

const SIZE = 16;

export function burstProcess(options: BurstOptions): BurstProcess {
  const { seconds, rate, shape, shapeWithin } = options;
  const length = seconds * 1000;
  // As those of `absolute.ts`: evenly in the logarithm between the rate and 1.
  const ratios = Array.from({ length: SIZE }, (_, j) => rate ** (-(j + 0.5) / SIZE));

  const initial = (): BurstState => ({
    at: null,
    expected: 0,
    bad: 0,
    within: started(null, 0),
    whole: null,
  });

  /** Gives the starts up to that minute their share. */
  function started(starts: Starts | null, minute: number): Starts {
    const weight = (starts === null ? 1 : unstartedShare(starts.minute)) - unstartedShare(minute);
    const share = weight > 0 ? Math.log(weight / SIZE) : Number.NEGATIVE_INFINITY;
    return {
      minute: Math.max(minute, starts?.minute ?? 0),
      logs: ratios.map((_, j) => (starts === null ? share : logAddExp(starts.logs[j]!, share))),
    };
  }

  /** With what the window that runs has counted. */
  function counted({ minute, logs }: Starts, { expected, bad }: BurstState, by: number): Starts {
    return { minute, logs: logs.map((log, j) => log + logRatioOf(ratios[j]!, by, expected, bad)) };
  }

  function observe(state: BurstState, { at, minute, exposed, bad }: BurstBlock): BurstState {
    const begin = at - (at % length);
    const isNew = state.at !== null && begin > state.at;
    const { whole } = state;
    const opened: BurstState = isNew
      ? {
          at: begin,
          expected: 0,
          bad: 0,
          within: started(counted(state.within, state, shapeWithin), minute),
          // Of the window in which it all began a part is missing.
          whole: started(whole && counted(whole, state, shape), minute),
        }
      : { ...state, at: state.at ?? begin };
    return { ...opened, expected: opened.expected + exposed * rate, bad: opened.bad + bad };
  }

  const logEOf = ({ minute, logs }: Starts): number =>
    logAddExp(logSumExp(logs), Math.log(unstartedShare(minute)));

  return {
    options,
    initial,
    observe,
    logE: (state) =>
      logAddExp(
        logEOf(counted(state.within, state, shapeWithin)),
        state.whole === null ? 0 : logEOf(state.whole),
      ) - Math.LN2,
  };
}

/** ln of the likelihood ratio of a window. */
const logRatioOf = (ratio: number, shape: number, expected: number, bad: number): number =>
  bad * Math.log(ratio) - (shape + bad) * Math.log1p(((ratio - 1) * expected) / (shape + expected));
