/** Input that the judge cannot use. `field` names the culprit as a path, e.g. `candidate.bad` or `options.alphaHarm`. */
export class JudgeInputError extends Error {
  override readonly name = 'JudgeInputError';
  readonly field: string;

  constructor(field: string, problem: string) {
    super(`${field} ${problem}`);
    this.field = field;
  }
}

/** Clients (or requests, jobs...) of one arm: how many, and how many of them were bad. */
export interface Counts {
  readonly n: number;
  readonly bad: number;
}

/**
 * One block of an arm in which clients count once for a while, and once more when they first turn bad, which may be later. Where
 * each of them counts with its outcome, `n` and `bad` are all there is to say.
 */
export interface BlockCounts extends Counts {
  /** Of `bad`, those who came in an earlier block. Default 0. */
  readonly late?: number;
  /** Clients of earlier blocks who were fine until now, and may yet turn bad. Default 0. */
  readonly fine?: number;
}

/** A whole number from 0 to 2^53 - 1; returns it. */
export function checkCount(field: string, value: unknown): number {
  if (typeof value !== 'number' || Number.isNaN(value)) throw new JudgeInputError(field, 'is not a number');
  if (value < 0) throw new JudgeInputError(field, `is negative: ${value}`);
  if (value > Number.MAX_SAFE_INTEGER) throw new JudgeInputError(field, `is beyond 2^53: ${value}`);
  if (!Number.isInteger(value)) throw new JudgeInputError(field, `is not a whole number: ${value}`);
  return value;
}

/** `bad` may exceed `n` in a block: a client seen in an earlier one may be hurt in this one. `field`: its path, or nothing. */
export function checkCounts(field: string, counts: BlockCounts): void {
  if (counts === undefined || counts === null) throw new JudgeInputError(field, 'is missing');
  if (typeof counts !== 'object') throw new JudgeInputError(field, `is not an object: ${String(counts)}`);
  const { n, bad, late, fine } = counts;
  const path = (name: string) => (field === '' ? name : `${field}.${name}`);
  checkCount(path('n'), n);
  checkCount(path('bad'), bad);
  if (late !== undefined && checkCount(path('late'), late) > bad) {
    throw new JudgeInputError(path('late'), `exceeds ${path('bad')}: ${late} of ${bad}`);
  }
  if (fine !== undefined) checkCount(path('fine'), fine);
}

/** Totals after one more block; over all blocks `bad` may not exceed `n`. */
export function addCounts(field: string, total: Counts, block: Counts): Counts {
  const n = checkCount(`${field}.n`, total.n + block.n);
  const bad = total.bad + block.bad;
  if (bad > n)
    throw new JudgeInputError(`${field}.bad`, `exceeds ${field}.n over all blocks: ${bad} of ${n}`);
  return { n, bad };
}

/** Unix ms, not before the block before. */
export function checkTime(field: string, value: unknown, before: number | null): void {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new JudgeInputError(field, `is not a time: ${String(value)}`);
  }
  if (before !== null && value < before) {
    throw new JudgeInputError(field, `goes backwards: ${value} after ${before}`);
  }
}

/** A number inside (0, 1), both ends excluded. */
export function checkShare(field: string, value: unknown): void {
  if (typeof value !== 'number' || !(value > 0 && value < 1)) {
    throw new JudgeInputError(field, `must be above 0 and below 1: ${String(value)}`);
  }
}

/** Basis points, 0 to 10000. */
export function checkWeight(field: string, value: unknown): void {
  if (checkCount(field, value) > 10_000) throw new JudgeInputError(field, `is above 10000: ${value}`);
}

/** A finite number above 0. */
export function checkPositive(field: string, value: unknown): void {
  if (typeof value !== 'number' || !(value > 0 && value < Number.POSITIVE_INFINITY)) {
    throw new JudgeInputError(field, `must be a number above 0: ${String(value)}`);
  }
}
