import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** Deadline in ms. Default 20,000. */
  readonly within?: number;
  /** What is waited for, for the failure's message. */
  readonly what?: string;
}

/**
 * Resolves with the condition's value as soon as that is truthy. A condition that throws is not met yet. Rejects after
 * the deadline with the last value or error.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { within = 20_000, what = 'the condition' }: WaitOptions = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + within;
  let last: unknown;
  do {
    try {
      const value = await condition();
      if (value) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    await delay(20);
  } while (performance.now() < deadline);
  throw new Error(`Waited ${within} ms for ${what}; last: ${describe(last)}`, { cause: last });
}

const describe = (value: unknown) => (value instanceof Error ? value.message : JSON.stringify(value));
