/** What one arm counted. */
export interface Counts {
  readonly bad: number;
  readonly total: number;
}

/**
 * Reads `{"bad": n, "total": n}`: whole numbers, 0 <= bad <= total, nothing else in the output. Strict, because a
 * guess would be evidence. A text says what is wrong.
 */
export function parseCounts(output: string): Counts | string {
  if (output.trim() === '') return 'the output is empty';
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    return 'the output is no JSON';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'the output is no object';
  const { bad, total, ...others } = value as Record<string, unknown>;
  const [unexpected] = Object.keys(others);
  if (unexpected !== undefined) return `unexpected key "${unexpected}"`;
  if (!isCount(bad)) return `"bad" must be a whole number, 0 or more, and is ${JSON.stringify(bad)}`;
  if (!isCount(total)) return `"total" must be a whole number, 0 or more, and is ${JSON.stringify(total)}`;
  if (bad > total) return `"bad" (${bad}) is more than "total" (${total})`;
  return { bad, total };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
