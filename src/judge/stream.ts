import { type Counts, checkPositive, checkShare, JudgeInputError } from './input.ts';
import {
  budgetWeight,
  type ExcessState,
  emptyExcess,
  excessUpper,
  observeExcess,
} from './pacing/harm-budget.ts';
import { beginPeakRate, observePeakRate, type PeakRate, peakRate } from './pacing/peak-rate.ts';
import type { RateOptions, RateState } from './rates/rate-types.ts';
import { RATE_DEFAULTS, rateTest } from './rates/rates.ts';
import { strataOf } from './rates/strata.ts';
import { parseTimestamp } from './timestamp.ts';

/** Rates as in {@link RateOptions}; defaults {@link RATE_DEFAULTS}. */
export interface JudgeStreamOptions extends Partial<RateOptions> {
  /** Clients that a bad release may hurt before we can react. Default 10. */
  readonly budget?: number;
  /** Expected peak of clients a second; absent: measured, `budgetWeight` is null for the first 30 seconds. */
  readonly clientsPerSecond?: number;
  /** Probability that the excess is above its bound. Default .05. */
  readonly alphaUpper?: number;
  /** Between blocks, and to react. Default 1 and .5. */
  readonly blockSeconds?: number;
  readonly reactionSeconds?: number;
}

export interface JudgeStream {
  /**
   * Judges one line, `{"t", "stable": {"n", "bad"}, "candidate": {"n", "bad"}, "metric"?, "series"?}`, each side with `late` and
   * `fine` where clients come back, and returns the verdict as one line of JSON; empty for a blank line. Throws {@link JudgeLineError} for a line that it cannot use,
   * and is then as if that line had not been.
   */
  line(text: string): string;
}

/** A line of a stream that cannot be used. */
export class JudgeLineError extends Error {
  override readonly name = 'JudgeLineError';
  /** Counted from 1. */
  readonly line: number;
  /** Path of the culprit; null: the line is no JSON object. */
  readonly field: string | null;

  constructor(line: number, field: string | null, problem: string) {
    super(`line ${line}: ${problem}`);
    this.line = line;
    this.field = field;
  }
}

interface Block {
  readonly t: string;
  readonly at: number;
  readonly series: string | null;
  readonly metric: string;
  readonly stable: Counts;
  readonly candidate: Counts;
}

interface Series {
  readonly rates: RateState;
  readonly excess: ExcessState;
  readonly traffic: PeakRate;
}

/** The judge alone, for history and for other systems: every series and metric of the stream is judged by itself. */
export function createJudgeStream(options: JudgeStreamOptions): JudgeStream {
  const { budget = 10, alphaUpper = 0.05, blockSeconds = 1, reactionSeconds = 0.5 } = options;
  checkPositive('options.budget', budget);
  checkPositive('options.blockSeconds', blockSeconds);
  checkPositive('options.reactionSeconds', reactionSeconds);
  checkShare('options.alphaUpper', alphaUpper);
  if (options.clientsPerSecond !== undefined)
    checkPositive('options.clientsPerSecond', options.clientsPerSecond);
  const test = rateTest({ ...RATE_DEFAULTS, ...options });
  const known = new Map<string, Series>();
  let number = 0;

  function observe(key: string, { t, at, stable, candidate }: Block): Series {
    const previous = known.get(key);
    if (previous !== undefined && at < previous.rates.at!) {
      throw new JudgeInputError('t', `goes backwards within its series and metric: ${t}`);
    }
    const before = previous ?? {
      rates: test.initial(),
      excess: emptyExcess(),
      traffic: beginPeakRate(at),
    };
    // First, because it checks what the others take.
    const rates = test.observe(before.rates, { at, stable, candidate });
    const { come, late } = strataOf(stable, candidate);
    const after = {
      rates,
      excess: observeExcess(before.excess, come, late),
      traffic: observePeakRate(before.traffic, at, stable.n + candidate.n),
    };
    known.set(key, after);
    return after;
  }

  function weightOf({ excess, traffic }: Series, at: number): number | null {
    const clientsPerSecond = options.clientsPerSecond ?? peakRate(traffic, at);
    if (clientsPerSecond === null) return null;
    const upper = excessUpper(excess, alphaUpper);
    const input = { upper, budget, clientsPerSecond, blockSeconds, reactionSeconds };
    return budgetWeight({ ...input, step: 10_000, current: 0 }).basisPoints;
  }

  function judge(text: string): string {
    const block = readBlock(text);
    const series = observe(JSON.stringify([block.series, block.metric]), block);
    const { verdict, e, ratio } = test.verdict(series.rates);
    return JSON.stringify({
      t: block.t,
      ...(block.series === null ? {} : { series: block.series }),
      metric: block.metric,
      verdict,
      e,
      ratio,
      budgetWeight: weightOf(series, block.at),
    });
  }

  return {
    line(text) {
      number++;
      // A byte order mark, too, is space around the object.
      const said = text.trim();
      if (said === '') return '';
      try {
        return judge(said);
      } catch (error) {
        if (error instanceof JudgeInputError) throw new JudgeLineError(number, error.field, error.message);
        if (error instanceof SyntaxError) throw new JudgeLineError(number, null, 'is not a JSON object');
        throw error;
      }
    },
  };
}

function readBlock(text: string): Block {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SyntaxError('not an object');
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const t = textOf(fields, 't');
  const at = parseTimestamp(t);
  if (at === null) throw new JudgeInputError('t', `is not an RFC 3339 time: ${t}`);
  return {
    t,
    at,
    series: fields.series === undefined ? null : textOf(fields, 'series'),
    metric: fields.metric === undefined ? 'errors' : textOf(fields, 'metric'),
    // What is inside is checked by the test, which names the field.
    stable: fields.stable as Counts,
    candidate: fields.candidate as Counts,
  };
}

function textOf(fields: Readonly<Record<string, unknown>>, field: string): string {
  const value = fields[field];
  if (value === undefined) throw new JudgeInputError(field, 'is missing');
  if (typeof value !== 'string') throw new JudgeInputError(field, 'is not a text');
  return value;
}
