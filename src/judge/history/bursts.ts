/**
 * The rate of one kind of window as a random number: a process against "as bad as the past, bursts and all".
 *
 * Null hypothesis: in each window (of 10 s, say) the rate is a new gamma number with mean at most `rate`, and given that, who is hurt is
 * a Poisson number (which a binomial one is not worse than: `1 + p(a-1) <= exp(p(a-1))`). So what a window counts is negative binomial
 * (Greenwood & Yule 1920), and a burst in it is one fact, not as many as there were errors in it. Alternative j: all of its rates are `r_j` times as high,
 * from its beginning or from a moment in it on. The likelihood ratio has mean 1 at any rates up to that mean, also while the window runs, since it is that of
 * all that was seen of the window so far; mixed over alternatives and starts it is a test martingale, and Ville's inequality does the rest.
 *
 * With shape K, exposure L before the start and l since (clients times `rate`), and x and y bad ones, it is
 * `r^y * ((K+L+l)/(K+L+r*l))^(K+x+y)`: against what was seen of the window before.
 */
import { logAddExp, logSumExp } from '../logs.ts';
import { unstartedShare } from '../rates/late-starts.ts';

export interface BurstOptions {
  /** Length of a window, seconds. */
  readonly seconds: number;
  /** Mean rate (0-1) up to which nothing is wrong. */
  readonly rate: number;
  /** Of the gamma distribution: 1 is an exponential one, and from some hundreds on the rate is as good as constant. */
  readonly shape: number;
}

/** Plain data that survives JSON. */
export interface BurstState {
  /** Beginning of the window that runs, Unix ms; null: none. */
  readonly at: number | null;
  /** Minutes of the last start since the beginning of all. */
  readonly minute: number;
  /** Expected and bad so far in the window that runs. */
  readonly expected: number;
  readonly bad: number;
  /** Starts in this window: their weight, and what the window held when they began. */
  readonly starts: readonly { readonly weight: number; readonly expected: number; readonly bad: number }[];
  /** ln of each alternative's share, over all starts in windows before. */
  readonly logs: readonly number[];
}

export interface BurstProcess {
  readonly options: BurstOptions;
  initial(): BurstState;
  /** `minute`: of the block, since the beginning; `exposed`: clients who may have been hurt in it. */
  observe(
    state: BurstState,
    block: { readonly at: number; readonly minute: number; readonly exposed: number; readonly bad: number },
  ): BurstState;
  logE(state: BurstState): number;
}

const SIZE = 16;

export function burstProcess(options: BurstOptions): BurstProcess {
  const { seconds, rate, shape } = options;
  const length = seconds * 1000;
  // As those of `absolute.ts`: evenly in the logarithm between the rate and 1.
  const ratios = Array.from({ length: SIZE }, (_, j) => rate ** (-(j + 0.5) / SIZE));

  const initial = (): BurstState => ({
    at: null,
    minute: 0,
    expected: 0,
    bad: 0,
    starts: [{ weight: 1 - unstartedShare(0), expected: 0, bad: 0 }],
    logs: new Array<number>(SIZE).fill(Number.NEGATIVE_INFINITY),
  });

  /** Every start so far, up to now. */
  function logsOf(state: BurstState): readonly number[] {
    const whole = shape + state.bad;
    return ratios.map((ratio, j) => {
      const logRatio = Math.log(ratio);
      const since = (expected: number, bad: number) =>
        bad * logRatio - whole * Math.log1p(((ratio - 1) * expected) / (shape + state.expected));
      const before = state.logs[j]! + since(state.expected, state.bad);
      return state.starts.reduce(
        (sum, { weight, expected, bad }) =>
          logAddExp(sum, Math.log(weight / SIZE) + since(state.expected - expected, state.bad - bad)),
        before,
      );
    });
  }

  function observe(
    state: BurstState,
    { at, minute, exposed, bad }: { at: number; minute: number; exposed: number; bad: number },
  ): BurstState {
    const begin = at - (at % length);
    const isNew = state.at !== null && begin > state.at;
    const opened: BurstState = isNew
      ? { ...state, at: begin, expected: 0, bad: 0, starts: [], logs: logsOf(state) }
      : { ...state, at: state.at ?? begin };
    const weight = unstartedShare(opened.minute) - unstartedShare(minute);
    const starts =
      weight > 0 ? [...opened.starts, { weight, expected: opened.expected, bad: opened.bad }] : opened.starts;
    return {
      ...opened,
      minute: Math.max(minute, opened.minute),
      starts,
      expected: opened.expected + exposed * rate,
      bad: opened.bad + bad,
    };
  }

  return {
    options,
    initial,
    observe,
    logE: (state) => logAddExp(logSumExp(logsOf(state)), Math.log(unstartedShare(state.minute))),
  };
}
