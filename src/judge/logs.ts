/** ln(sum of exp(x)), without leaving the range of doubles; -Infinity for an empty list. */
export function logSumExp(logs: readonly number[]): number {
  let top = Number.NEGATIVE_INFINITY;
  for (const log of logs) if (log > top) top = log;
  if (top === Number.NEGATIVE_INFINITY) return top;
  let sum = 0;
  for (const log of logs) sum += Math.exp(log - top);
  return top + Math.log(sum);
}

/** ln(mean of exp(x)): the value of a uniform mixture. */
export function logMeanExp(logs: readonly number[]): number {
  return logSumExp(logs) - Math.log(logs.length);
}

/** ln(exp(a) + exp(b)). */
export function logAddExp(a: number, b: number): number {
  const apart = a - b;
  const top = apart > 0 ? a : b;
  // What is further below is lost in rounding; two infinities are no number apart.
  return apart < LOST && apart > -LOST ? top + Math.log(1 + Math.exp(apart > 0 ? -apart : apart)) : top;
}

/** exp(-40) is 4e-18. */
const LOST = 40;

/** Stands for "no upper bound" and caps E values, since JSON has no infinity. */
export const UNBOUNDED = 1e300;

const LOG_UNBOUNDED = Math.log(UNBOUNDED);

/** exp(x), at most {@link UNBOUNDED}. */
export function cappedExp(log: number): number {
  return log >= LOG_UNBOUNDED ? UNBOUNDED : Math.exp(log);
}
