import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { registry } from './vector-registry.ts';

interface Vector {
  readonly id: string;
  readonly fn: string;
  readonly inputs: Record<string, unknown>;
  readonly expected: unknown;
  readonly tolerance: { readonly relative: number; readonly absolute: number };
}

/** Another file of the same form: `TEAL_VECTORS=FILE npx vitest run test/judge/vectors.test.ts`. */
const file = process.env.TEAL_VECTORS ?? new URL('../vectors/judge.json', import.meta.url);
const { vectors, count } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: Vector[]; count?: number };

describe('reference values', () => {
  test('are all there', () => {
    expect(vectors.length).toBeGreaterThan(0);
    if (count !== undefined) expect(vectors).toHaveLength(count);
  });

  test.each(vectors.map((vector) => [vector.id, vector] as const))('%s', (_, vector) => {
    const compute = registry[vector.fn];
    if (compute === undefined) throw new Error(`no function for "${vector.fn}" (${vector.id})`);
    expectClose(compute(vector.inputs), vector.expected, vector.tolerance);
  });
});

function expectClose(actual: unknown, expected: unknown, tolerance: Vector['tolerance'], at = 'value'): void {
  if (typeof expected === 'number') {
    expect(typeof actual, at).toBe('number');
    const allowed = tolerance.absolute + tolerance.relative * Math.abs(expected);
    const difference = Math.abs((actual as number) - expected);
    expect(difference <= allowed, `${at}: ${actual} instead of ${expected}`).toBe(true);
    return;
  }
  expect(typeof actual, at).toBe('object');
  for (const [key, value] of Object.entries(expected as object)) {
    expectClose((actual as Record<string, unknown>)[key], value, tolerance, `${at}.${key}`);
  }
}
