import { isDeepStrictEqual } from 'node:util';
import type { BodyMatch, HttpRequestSpec, TextMatch } from '../../core/service/check-spec.ts';
import { shorten } from '../../system/bounded-text.ts';
import { statusWords } from '../words.ts';
import { difference } from './difference.ts';
import { jsonAt } from './json.ts';
import type { HttpAnswer } from './message.ts';

/** One way in which an answer is not what was expected. */
export interface Mismatch {
  /** What was looked at: `status`, `header etag`, `body`, `body $.name`. */
  readonly part: string;
  /** What follows "answered" in a sentence. */
  readonly sentence: string;
  /** Lines: `- ` what was expected, `+ ` what came. */
  readonly lines: readonly string[];
}

/** Everything about the answer that is not as expected; empty where all is well. An empty list of statuses takes any. */
export function mismatches(expect: HttpRequestSpec['expect'], answer: HttpAnswer): readonly Mismatch[] {
  return [
    ...status(expect.status, answer),
    ...Object.entries(expect.headers).flatMap(([name, match]) => header(name, match, answer)),
    ...expect.body.flatMap((match) => body(match, answer)),
  ];
}

function status(wanted: readonly number[], answer: HttpAnswer): Mismatch[] {
  if (wanted.length === 0 || wanted.includes(answer.status)) return [];
  const expected = statusWords(wanted);
  return [
    {
      part: 'status',
      sentence: `${answer.status}, expected ${expected}`,
      lines: [`- ${expected}`, `+ ${answer.status}`],
    },
  ];
}

function header(name: string, match: TextMatch, answer: HttpAnswer): Mismatch[] {
  const got = answer.headers[name.toLowerCase()];
  if (got !== undefined && textMatches(match, got)) return [];
  const part = `header ${name.toLowerCase()}`;
  return [
    {
      part,
      sentence: got === undefined ? `without the ${part}` : `with another ${part}`,
      lines: [`- ${wantedText(match)}`, `+ ${got === undefined ? '(none)' : JSON.stringify(got)}`],
    },
  ];
}

function body(match: BodyMatch, answer: HttpAnswer): Mismatch[] {
  if (match.kind === 'json') return json(match, answer);
  if (textMatches(match, answer.body)) return [];
  const sentence = `with a body that does not ${verb(match)}`;
  if (match.kind === 'equals')
    return [{ part: 'body', sentence, lines: difference(match.value, answer.body) }];
  return [{ part: 'body', sentence, lines: [`- ${wantedText(match)}`, `+ ${inline(answer.body)}`] }];
}

function json(match: Extract<BodyMatch, { kind: 'json' }>, answer: HttpAnswer): Mismatch[] {
  const part = `body ${match.path}`;
  const wanted = match.equals === undefined ? 'any value' : inlineJson(match.equals);
  const found = jsonAt(answer.body, match.path);
  if (found.kind === 'no-json') {
    const lines = [`- ${wanted}`, `+ no JSON: ${found.reason}`];
    return [{ part, sentence: 'with a body that is no JSON', lines }];
  }
  if (found.values.length === 0) {
    return [{ part, sentence: `without ${match.path}`, lines: [`- ${wanted}`, '+ (nothing there)'] }];
  }
  if (match.equals === undefined) return [];
  const wrong = found.values.filter((value) => !isDeepStrictEqual(value, match.equals));
  if (wrong.length === 0) return [];
  const sentence = `with another ${match.path}`;
  return [{ part, sentence, lines: difference(pretty(match.equals), pretty(wrong[0])) }];
}

function textMatches(match: TextMatch, text: string): boolean {
  if (match.kind === 'equals') return text === match.value;
  if (match.kind === 'contains') return text.includes(match.value);
  return new RegExp(match.pattern, match.flags).test(text);
}

function verb(match: TextMatch): string {
  if (match.kind === 'equals') return 'equal what was expected';
  if (match.kind === 'contains') return `contain ${inline(match.value)}`;
  return `match /${match.pattern}/${match.flags}`;
}

function wantedText(match: TextMatch): string {
  if (match.kind === 'equals') return JSON.stringify(match.value);
  if (match.kind === 'contains') return `a text that contains ${JSON.stringify(match.value)}`;
  return `a text that matches /${match.pattern}/${match.flags}`;
}

const inline = (text: string) => JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}...` : text);
const pretty = (value: unknown) => JSON.stringify(value, null, 2);
const inlineJson = (value: unknown) => shorten(JSON.stringify(value), 400);
