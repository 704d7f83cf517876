/** Building blocks of the schema: what zod does not have, and errors that a person can read. */
import { z } from 'zod';
import type { SpecCode } from '../problems/problem.ts';
import {
  formatSize,
  parseClients,
  parseDuration,
  parseFactor,
  parseRate,
  parseShare,
  parseSize,
} from '../units.ts';

/** What editors show: zod copies it into schema.json. */
export interface Hint {
  readonly description: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
}

/**
 * A mapping that refuses unknown keys. The message of zod's issue carries the known keys (zod itself does not tell
 * them), from which `findings` makes a suggestion.
 */
export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape).join(' ');
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? known : undefined),
  });
}

/** One of several forms; `expected` completes "expected ..." where a value has none of them. */
export function oneOf<const Forms extends readonly [z.ZodType, ...z.ZodType[]]>(
  expected: string,
  ...forms: Forms
) {
  return z.union(forms, { error: expected });
}

/** The value, or a sentence that says what is wrong. */
type Parsed<Value> = { readonly value: Value } | string;

/**
 * A scalar with a syntax of its own that may also be a number, to say better what is wrong with it. In schema.json it is a
 * string with `pattern`.
 */
export function syntax<Value>(
  code: SpecCode,
  parse: (input: unknown) => Parsed<Value>,
  pattern: string | null,
) {
  return withPattern(z.unknown().transform(parsing(code, parse)), pattern);
}

/** A text with a syntax of its own. */
export function text<Value>(
  code: SpecCode,
  parse: (input: string) => Parsed<Value>,
  pattern: string | null = null,
) {
  return withPattern(z.string().transform(parsing(code, parse)), pattern);
}

function parsing<Input, Value>(code: SpecCode, parse: (input: Input) => Parsed<Value>) {
  return (input: Input, context: z.RefinementCtx): Value => {
    const parsed = parse(input);
    if (typeof parsed !== 'string') return parsed.value;
    context.issues.push({ code: 'custom', input, message: parsed, params: { code } });
    return z.NEVER;
  };
}

function withPattern<Schema extends z.ZodType>(schema: Schema, pattern: string | null): Schema {
  return schema.meta(pattern === null ? { type: 'string' } : { type: 'string', pattern }) as Schema;
}

/** Describes a schema for editors and completion. */
export function described<Schema extends z.ZodType>(schema: Schema, hint: Hint): Schema {
  return schema.meta({ ...schema.meta(), ...hint }) as Schema;
}

const DURATION_PATTERN = String.raw`^(\d+(\.\d+)?(ms|[smhd])\s*)+$`;

function milliseconds(input: unknown): { readonly value: number } | string {
  if (input === 0) return { value: 0 };
  if (typeof input === 'number') return `a duration needs a unit: ${input}s, ${input}m or ${input}h`;
  const value = typeof input === 'string' ? parseDuration(input) : null;
  return value === null
    ? `expected a duration such as 500ms, 10s, 5m, 1h or 7d, found ${shown(input)}`
    : { value };
}

/** Milliseconds; a bare 0 needs no unit. */
export const duration = (hint: Hint) =>
  described(
    syntax('E_SPEC_DURATION', milliseconds, DURATION_PATTERN).meta({
      type: ['string', 'integer'],
      pattern: DURATION_PATTERN,
      minimum: 0,
      maximum: 0,
    }),
    hint,
  );

/** Milliseconds, more than none. */
export const time = (hint: Hint) =>
  described(syntax('E_SPEC_DURATION', moreThanNothing, DURATION_PATTERN), hint);

function moreThanNothing(input: unknown): { readonly value: number } | string {
  const parsed = milliseconds(input);
  return typeof parsed !== 'string' && parsed.value === 0 ? 'must be more than nothing' : parsed;
}

/** Milliseconds, at least `least` of them; `words` say how much that is. */
export const timeFrom = (least: number, words: string, hint: Hint) =>
  described(
    syntax(
      'E_SPEC_DURATION',
      (input) => {
        const parsed = milliseconds(input);
        return typeof parsed !== 'string' && parsed.value < least ? `must be at least ${words}` : parsed;
      },
      DURATION_PATTERN,
    ),
    hint,
  );

/** A fraction, 0-1. */
export const share = (hint: Hint) =>
  described(
    syntax(
      'E_SPEC_SHARE',
      (input) => {
        if (typeof input === 'number') return `a share is written with a percent sign: ${input}%`;
        const value = typeof input === 'string' ? parseShare(input) : null;
        return value === null ? `expected a share from 0% to 100%, found ${shown(input)}` : { value };
      },
      String.raw`^\d+(\.\d+)?\s*%$`,
    ),
    hint,
  );

/** A number a second. */
export const rate = (hint: Hint) =>
  described(
    syntax(
      'E_SPEC_RATE',
      (input) => {
        if (typeof input === 'number') return `a rate needs a unit: ${input}/s, ${input}/m or ${input}/h`;
        const value = typeof input === 'string' ? parseRate(input) : null;
        return value === null ? `expected a rate such as 50/s or 300/m, found ${shown(input)}` : { value };
      },
      String.raw`^\d+(\.\d+)?\s*/\s*[smh]$`,
    ),
    hint,
  );

/** A factor of at least 1. */
export const factor = (hint: Hint) =>
  described(
    syntax(
      'E_SPEC_VALUE',
      (input) => {
        if (typeof input === 'number') return `a factor is written with an x: ${input}x`;
        const value = typeof input === 'string' ? parseFactor(input) : null;
        return value === null
          ? `expected a factor of at least 1 such as 1.25x, found ${shown(input)}`
          : { value };
      },
      String.raw`^\d+(\.\d+)?\s*x$`,
    ),
    hint,
  );

/** Bytes, from `least` to `most`; a number without a unit is bytes. */
export const size = (bounds: { readonly least: number; readonly most?: number }, hint: Hint) =>
  described(
    syntax(
      'E_SPEC_VALUE',
      (input) => {
        const value = parseSize(
          typeof input === 'number' ? String(input) : typeof input === 'string' ? input : '',
        );
        if (value === null) return `expected a size such as 16K or 100M, found ${shown(input)}`;
        if (value < bounds.least) return `must be at least ${formatSize(bounds.least)}`;
        const { most } = bounds;
        return most !== undefined && value > most ? `must be at most ${formatSize(most)}` : { value };
      },
      null,
    ).meta({ type: ['string', 'integer'] }),
    hint,
  );

/** A number of clients, more than none. */
export const clients = (hint: Hint) =>
  described(
    syntax(
      'E_SPEC_VALUE',
      (input) => {
        if (typeof input === 'number') return `a budget is a number of clients: ${input} clients`;
        const value = typeof input === 'string' ? parseClients(input) : null;
        return value === null
          ? `expected a number of clients such as 10 clients, found ${shown(input)}`
          : { value };
      },
      String.raw`^\d+(\.\d+)?\s+clients?$`,
    ),
    hint,
  );

/** A text that is not empty. */
export const words = (hint: Hint) =>
  described(
    z.string().refine((value) => value.trim() !== '', { error: 'must not be empty' }),
    hint,
  );

/** Name of a service, check, capture or metric. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
export const name = (hint: Hint) =>
  described(
    z
      .string()
      .regex(
        NAME,
        'is no name: letters, digits, ".", "_" and "-", at most 63, starting with a letter or digit',
      ),
    hint,
  );

/** What something is, for people. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return 'a text';
  return typeof value === 'boolean' ? String(value) : `the number ${String(value)}`;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : kindOf(value);
}
