import { STATUS_CODES } from 'node:http';
import { shorten } from '../../system/bounded-text.ts';
import { duration } from '../words.ts';
import type { Mismatch } from './expect.ts';
import type { HttpAnswer, HttpRequest } from './message.ts';

const BODY_SHOWN = 4_000;
const HEADER_SHOWN = 500;
/** What they hold opens doors; evidence is journalled and shown. */
const HIDDEN = /^(proxy-)?authorization$|cookie|token|secret|password|api-?key/i;

/** Request, answer and difference, as a person would want to see them; bodies shortened, credentials hidden. */
export function httpEvidence(
  request: HttpRequest,
  answer: HttpAnswer | null,
  wrong: readonly Mismatch[],
): string {
  const parts = [`request\n${indent(requestText(request))}`];
  if (answer !== null) parts.push(`answer after ${duration(answer.took)}\n${indent(answerText(answer))}`);
  if (wrong.length > 0) {
    const lines = wrong.flatMap((one) => [one.part, ...one.lines.map((line) => `  ${line}`)]);
    parts.push(`difference (- expected, + came)\n${indent(lines.join('\n'))}`);
  }
  return parts.join('\n\n');
}

function requestText(request: HttpRequest): string {
  const head = `${request.method} ${request.url}`;
  return [head, ...headerLines(request.headers), ...bodyLines(request.body ?? '')].join('\n');
}

function answerText(answer: HttpAnswer): string {
  const head = `${answer.status} ${STATUS_CODES[answer.status] ?? ''}`.trim();
  return [head, ...headerLines(answer.headers), ...bodyLines(answer.body)].join('\n');
}

function headerLines(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).map(([name, value]) =>
    HIDDEN.test(name) ? `${name}: [hidden]` : `${name}: ${shorten(value, HEADER_SHOWN)}`,
  );
}

const bodyLines = (body: string): string[] => (body === '' ? [] : ['', shorten(body, BODY_SHOWN)]);

const indent = (text: string) =>
  text
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`))
    .join('\n');
