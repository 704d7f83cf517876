/** Makes findings that a person can act on out of zod's issues. */
import type { z } from 'zod';
import { isLaterKey, isLaterValue } from '../later.ts';
import { kindOf } from '../schema/helpers.ts';
import { nearest } from './nearest.ts';
import type { Finding, Path } from './problem.ts';

type Issue = z.core.$ZodIssue;

/** `data` is what was validated; `at` its path in the file, `service` how many of its segments lead to the service. */
export function findingsOf(issues: readonly Issue[], data: unknown, at: Path, service: number): Finding[] {
  const findings = issues.flatMap((issue) => translate(issue, data, at, service));
  return withoutEchoes(findings);
}

/** A finding, and for a missing or unknown key its name: one misspelt key is both, and should be told once. */
type Draft = Finding & {
  readonly missing?: string;
  readonly meant?: string | null;
  readonly later?: boolean;
  /** It is none of a few words, and near none of them. */
  readonly literal?: boolean;
};

function translate(issue: Issue, data: unknown, at: Path, service: number): Draft[] {
  const inner = issue.path as Path;
  const path = [...at, ...inner];
  const value = valueAt(data, inner);
  const schemaPath = path.slice(service).map((part) => (typeof part === 'number' ? '*' : part));
  if (isLaterValue(schemaPath.join('.'), value))
    return [later(path, 'value', `\`${schemaPath.at(-1)}: ${value}\``)];

  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, issue.message.split(' '), path, schemaPath));
    case 'invalid_union':
      return inUnion(issue, value, path, service);
    case 'invalid_key':
      return [
        {
          code: 'E_SPEC_VALUE',
          path,
          at: 'key',
          message: `\`${inner.at(-1)}\` ${issue.issues[0]?.message ?? issue.message}`,
          suggestion: null,
        },
      ];
    case 'invalid_type':
      return [value === undefined ? missing(path) : wrongType(issue.expected, value, path)];
    case 'invalid_value':
      return [wrongValue(issue.values, value, path)];
    case 'custom': {
      const { code = 'E_SPEC_VALUE', at: where = 'value' } = (issue.params ?? {}) as Partial<Finding>;
      if (value === undefined && where === 'value') return [missing(path)];
      return [{ code, path, at: where, message: issue.message, suggestion: null }];
    }
    default:
      return [
        {
          code: 'E_SPEC_VALUE',
          path,
          at: 'value',
          message: issue.message.startsWith('is ') ? `"${value}" ${issue.message}` : issue.message,
          suggestion: null,
        },
      ];
  }
}

function later(path: Path, at: 'key' | 'value', what: string): Draft {
  return {
    code: 'E_SPEC_LATER',
    path,
    at,
    message: `${what} comes with a later version of Teal`,
    suggestion: null,
    later: true,
  };
}

function missing(path: Path): Draft {
  const key = String(path.at(-1));
  return {
    code: 'E_SPEC_MISSING',
    path: path.slice(0, -1),
    at: 'value',
    message: `\`${key}\` is missing`,
    suggestion: `Add ${key}:.`,
    missing: key,
  };
}

/** Keys of which a mapping has one. */
const EXCLUSIVE: Readonly<Record<string, readonly string[]>> = {
  strategy: ['canary', 'blue-green'],
  ready: ['http', 'tcp', 'command'],
  'checks.*': ['http', 'steps', 'run', 'load'],
};

const CAMEL_OR_SNAKE = /[A-Z_]/;

function unknownKey(key: string, known: readonly string[], path: Path, schemaPath: Path): Draft {
  if (isLaterKey(schemaPath.join('.'), key)) return later([...path, key], 'key', `\`${key}\``);
  const meant = nearest(key, known);
  const rival = (EXCLUSIVE[schemaPath.join('.')] ?? []).find((other) => known.includes(other));
  if (rival !== undefined && EXCLUSIVE[schemaPath.join('.')]?.includes(key)) {
    return {
      code: 'E_SPEC_CONFLICT',
      path: [...path, key],
      at: 'key',
      message: `\`${key}\` and \`${rival}\` exclude each other`,
      suggestion: 'Keep one of the two.',
    };
  }
  if (key === 'service' && schemaPath.length === 0) {
    return {
      code: 'E_SPEC_CONFLICT',
      path: [...path, key],
      at: 'key',
      message: 'under `services`, the name of a service is its key',
      suggestion: 'Leave service: out.',
    };
  }
  const inBlueGreen = schemaPath.join('.') === 'strategy.blue-green';
  if (meant === null && inBlueGreen && ['steps', 'by', 'pace'].includes(key)) {
    return {
      code: 'E_SPEC_CONFLICT',
      path: [...path, key],
      at: 'key',
      message: `\`${key}\` belongs to a canary; blue-green moves all traffic at once`,
      suggestion: 'Use strategy: canary, or leave the key out.',
    };
  }
  const style = meant !== null && CAMEL_OR_SNAKE.test(key) ? ' Keys are written in kebab-case.' : '';
  return {
    code: 'E_SPEC_UNKNOWN_KEY',
    path: [...path, key],
    at: 'key',
    message: `there is no key \`${key}\` here`,
    suggestion: meant === null ? `Known here: ${known.join(', ')}.` : `Did you mean \`${meant}\`?${style}`,
    meant,
  };
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
};

function wrongType(expected: string, value: unknown, path: Path): Draft {
  return {
    code: 'E_SPEC_TYPE',
    path,
    at: 'value',
    message: `expected ${TYPES[expected] ?? expected}, found ${kindOf(value)}`,
    suggestion: quoteHint(expected, value),
  };
}

/** YAML 1.2 has no yes and no; and numbers where texts belong need quotes. */
function quoteHint(expected: string, value: unknown): string | null {
  if (expected === 'boolean' && typeof value === 'string') {
    if (/^(yes|on|y)$/i.test(value)) return 'Write true.';
    if (/^(no|off|n)$/i.test(value)) return 'Write false.';
  }
  const scalar = typeof value === 'number' || typeof value === 'boolean';
  return expected === 'string' && scalar ? `Put it into quotes: "${value}".` : null;
}

function wrongValue(values: readonly unknown[], value: unknown, path: Path): Draft {
  const words = values.map(String);
  if (value === undefined) return missing(path);
  const meant = typeof value === 'string' ? nearest(value, words) : null;
  return {
    code: typeof value === typeof values[0] ? 'E_SPEC_VALUE' : 'E_SPEC_TYPE',
    path,
    at: 'value',
    message: `expected ${listed(words)}, found ${typeof value === 'string' ? `"${value}"` : kindOf(value)}`,
    suggestion: meant === null ? null : `Did you mean \`${meant}\`?`,
    literal: meant === null,
  };
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** Of several forms, the one that the value was most likely meant to have is the one whose errors help. */
function inUnion(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  value: unknown,
  path: Path,
  service: number,
): Draft[] {
  if (value === undefined) return [missing(path)];
  const nested = typeof value === 'object' && value !== null;
  const fitting = issue.errors
    .filter((issues) => issues.some((one) => reachesInside(one, nested)))
    .map((issues) => withoutEchoes(issues.flatMap((one) => translate(one, value, path, service))))
    .sort((a, b) => cost(a) - cost(b));
  const best = fitting[0];
  if (best && !saysTooLittle(best, fitting.length, path)) return best;
  const code = best ? (best[0]!.missing === undefined ? 'E_SPEC_VALUE' : 'E_SPEC_MISSING') : 'E_SPEC_TYPE';
  const shown = typeof value === 'string' && best ? `"${value}"` : kindOf(value);
  const found = code === 'E_SPEC_MISSING' ? '' : `, found ${shown}`;
  const hint = quoteHint(issue.message.startsWith('true') ? 'boolean' : '', value);
  return [{ code, path, at: 'value', message: `expected ${issue.message}${found}`, suggestion: hint }];
}

/** One form's errors speak for all forms only where they say more than that the value has none of them. */
function saysTooLittle(drafts: readonly Draft[], forms: number, path: Path): boolean {
  const [draft, more] = drafts;
  if (!draft || more || !samePath(draft.path, path)) return false;
  return (forms > 1 && draft.missing !== undefined) || draft.literal === true;
}

/** Whether a form got further with the value than to say that it is of another kind. */
function reachesInside(issue: Issue, nested: boolean): boolean {
  if (issue.path.length > 0 || issue.code === 'unrecognized_keys') return true;
  if (issue.code === 'invalid_union')
    return issue.errors.some((issues) => issues.some((one) => reachesInside(one, nested)));
  if (nested)
    return issue.code !== 'invalid_type' && issue.code !== 'custom' && issue.code !== 'invalid_value';
  return issue.code !== 'invalid_type';
}

/** A form whose own key is missing is hardly the one that was meant, whatever is wrong inside of another. */
function cost(drafts: readonly Draft[]): number {
  return drafts.reduce((sum, draft) => sum + (draft.missing === undefined ? (draft.later ? 0 : 1) : 20), 0);
}

/**
 * A key that is missing only because it is misspelt, or because its later replacement stands there, is told once.
 */
function withoutEchoes(drafts: readonly Draft[]): Draft[] {
  const beside = (draft: Draft) => drafts.filter((other) => samePath(other.path.slice(0, -1), draft.path));
  return drafts.filter((draft) => {
    if (draft.missing === undefined) return true;
    return !beside(draft).some(
      (other) =>
        other.meant === draft.missing ||
        (other.later && other.at === 'key' && replaces(other, draft.missing!)),
    );
  });
}

const REPLACED: Readonly<Record<string, readonly string[]>> = {
  image: ['run'],
  acme: ['cert', 'key'],
  compare: ['http', 'steps', 'run', 'load'],
};

function replaces(later: Draft, key: string): boolean {
  return REPLACED[String(later.path.at(-1))]?.includes(key) ?? false;
}

function samePath(a: Path, b: Path): boolean {
  return a.length === b.length && a.every((part, i) => part === b[i]);
}

function valueAt(data: unknown, path: Path): unknown {
  let value = data;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}
