import type { z } from 'zod';
import { TealError } from '../core/error.ts';

/** The value as its schema lets it through. Throws E_API_INPUT with every problem at once, each with its place. */
export function checked<S extends z.ZodType>(schema: S, value: unknown, where: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => `${[where, ...path].join('.')}: ${message}`);
  throw new TealError('E_API_INPUT', 'The request is not understood', {
    why: issues.join('; '),
    fix: 'GET /openapi.json describes what is expected.',
    exitCode: 2,
  });
}
