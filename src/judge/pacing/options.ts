import { checkPositive, checkShare, JudgeInputError } from '../input.ts';

export interface PaceStep {
  /** Basis points of the clients, 1-10000. Steps go up, and the last is 10000. */
  readonly weight: number;
  /** Least time at this weight; default: until about 5 clients of candidate can have come. Such a step is never skipped. */
  readonly atLeastSeconds?: number;
}

export interface PaceOptions {
  readonly steps: readonly PaceStep[];
  /** Clients that a bad release may hurt before we can react again. */
  readonly budget: number;
  /**
   * Expected peak of distinct clients a second, of both arms: the highest mean over ten seconds in the last 24 hours.
   * null: unknown, and measured for 30 seconds before anything is widened.
   */
  readonly clientsPerSecond: number | null;
  /** Length of a block, and how long it takes until a decision has an effect. */
  readonly blockSeconds: number;
  readonly reactionSeconds: number;
  /** Probability that candidate's excess is ever above its bound. */
  readonly alphaUpper: number;
  /** Least time at a step. */
  readonly dwellSeconds: number;
  /** At the last step before 100 %: how long to wait while everything leans towards safe, and at most. */
  readonly leaningSeconds: number;
  readonly longestSeconds: number;
}

/** 1, 5, 25, 50, 100 %; 10 clients; blocks of a second, half a second to react. */
export const PACE_DEFAULTS: PaceOptions = {
  steps: [{ weight: 100 }, { weight: 500 }, { weight: 2_500 }, { weight: 5_000 }, { weight: 10_000 }],
  budget: 10,
  clientsPerSecond: null,
  blockSeconds: 1,
  reactionSeconds: 0.5,
  alphaUpper: 0.05,
  dwellSeconds: 30,
  leaningSeconds: 180,
  longestSeconds: 1_800,
};

/** Throws {@link JudgeInputError} with the option's name. */
export function checkPaceOptions(options: PaceOptions): void {
  for (const field of ['budget', 'blockSeconds', 'reactionSeconds', 'longestSeconds'] as const) {
    checkPositive(`options.${field}`, options[field]);
  }
  for (const field of ['dwellSeconds', 'leaningSeconds'] as const) {
    if (options[field] !== 0) checkPositive(`options.${field}`, options[field]);
  }
  checkShare('options.alphaUpper', options.alphaUpper);
  if (options.clientsPerSecond !== null) checkPositive('options.clientsPerSecond', options.clientsPerSecond);
  checkSteps(options.steps);
}

function checkSteps(steps: readonly PaceStep[]): void {
  let before = 0;
  for (const [j, { weight, atLeastSeconds }] of steps.entries()) {
    const field = `options.steps[${j}]`;
    if (!Number.isInteger(weight) || weight <= before || weight > 10_000) {
      throw new JudgeInputError(
        `${field}.weight`,
        `must be a whole number above ${before}, at most 10000: ${weight}`,
      );
    }
    if (atLeastSeconds !== undefined && atLeastSeconds !== 0)
      checkPositive(`${field}.atLeastSeconds`, atLeastSeconds);
    before = weight;
  }
  if (before !== 10_000) throw new JudgeInputError('options.steps', 'must end with 10000');
  if (steps.length < 2) throw new JudgeInputError('options.steps', 'must have one below 10000');
}
