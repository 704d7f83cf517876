import { checkShare, JudgeInputError } from '../input.ts';
import { cappedExp, logAddExp } from '../logs.ts';
import { type BetState, beginBets, nextBet, observeBet } from './predictable-bets.ts';

export interface MeanBoundOptions {
  /** The mean that is tolerated, 0-1 (both excluded), of values that are worse the higher they are. */
  readonly bound: number;
  readonly alphaHarm: number;
  readonly alphaSafe: number;
}

/** Plain data that survives JSON. */
export interface MeanBoundState {
  readonly bets: BetState;
  /** ln of the capital that bets on a mean above the bound, and of what bets on one below. */
  readonly above: number;
  readonly below: number;
  /** ln E when harm was first reached; null: not yet. */
  readonly harm: number | null;
}

export interface MeanBoundVerdict {
  /** `harm`: the mean is above the bound; `safe`: it is below. */
  readonly verdict: 'harm' | 'safe' | 'undecided';
  /** `different`: against "the mean is the bound", half of the capital on either side. */
  readonly e: { readonly harm: number; readonly safe: number; readonly different: number };
  readonly needed: { readonly harm: number; readonly safe: number };
  readonly n: number;
  readonly mean: number | null;
}

export interface MeanBoundTest {
  readonly options: MeanBoundOptions;
  initial(): MeanBoundState;
  /** One value, 0-1, in the order in which they came. Throws {@link JudgeInputError}; the state stays as it was. */
  observe(state: MeanBoundState, value: number): MeanBoundState;
  verdict(state: MeanBoundState): MeanBoundVerdict;
}

/** Bets stay below this share of what would lose everything at one value. */
const HIGHEST_BET = 0.5;

/**
 * One arm's mean of values in [0, 1] against a bound, without a control: hedged capital `prod(1 +- lambda_t*(x_t - bound))`
 * with predictable bets. Waudby-Smith & Ramdas, estimating means of bounded random variables by betting. Harm stays; safe
 * does not.
 */
export function meanBoundTest(options: MeanBoundOptions): MeanBoundTest {
  const { bound, alphaHarm, alphaSafe } = options;
  checkShare('options.bound', bound);
  checkShare('options.alphaHarm', alphaHarm);
  checkShare('options.alphaSafe', alphaSafe);
  const needed = { harm: 1 / alphaHarm, safe: 1 / alphaSafe };

  function observe(state: MeanBoundState, value: number): MeanBoundState {
    if (!(value >= 0 && value <= 1)) throw new JudgeInputError('value', `is not between 0 and 1: ${value}`);
    const up = Math.min(nextBet(state.bets, alphaHarm), HIGHEST_BET / bound);
    const down = Math.min(nextBet(state.bets, alphaSafe), HIGHEST_BET / (1 - bound));
    const above = state.above + Math.log1p(up * (value - bound));
    const below = state.below + Math.log1p(-down * (value - bound));
    const harm = state.harm ?? (above >= Math.log(needed.harm) ? above : null);
    return { bets: observeBet(state.bets, value), above, below, harm };
  }

  return {
    options,
    initial: () => ({ bets: beginBets(), above: 0, below: 0, harm: null }),
    observe,
    verdict({ bets, above, below, harm }) {
      const safe = cappedExp(below);
      return {
        verdict: harm !== null ? 'harm' : safe >= needed.safe ? 'safe' : 'undecided',
        e: {
          harm: cappedExp(Math.max(above, harm ?? Number.NEGATIVE_INFINITY)),
          safe,
          different: cappedExp(logAddExp(above, below) - Math.LN2),
        },
        needed,
        n: bets.n,
        mean: bets.n === 0 ? null : bets.sum / bets.n,
      };
    },
  };
}
