import { STATUS_CODES } from 'node:http';
import { type OwnAnswer, render } from '../../http/answer.ts';
import { OVERLOADED } from '../../overload/busy.ts';
import type { Visit } from '../../visit/visit.ts';
import type { RequestHead } from '../../wire/request-head.ts';
import type { Passage } from '../passage.ts';

/** An answer of the router itself to the request whose head was parsed from `bytes`, as it goes out. */
export function ownAnswer(
  head: RequestHead,
  bytes: Buffer,
  visit: Visit,
  own: OwnAnswer,
  closes: boolean,
): string {
  const rendered = render(head.lines.value(bytes, 'accept'), visit.requestId, {
    ...own,
    page: visit.service.page,
  });
  let text = `HTTP/1.1 ${own.status} ${STATUS_CODES[own.status]}\r\n`;
  for (let i = 0; i < rendered.head.length; i += 2) {
    text += `${rendered.head[i]}: ${rendered.head[i + 1]}\r\n`;
  }
  text += `Date: ${new Date().toUTCString()}\r\n${closes ? 'Connection: close\r\n' : ''}\r\n`;
  return head.method === 'HEAD' ? text : text + rendered.body;
}

/** The same for a request that was on its way already. Parses its head anew. */
export function answerInstead(
  head: RequestHead,
  { bytes, bodyEnd, visit }: Passage,
  own: OwnAnswer,
  closes: boolean,
): string {
  head.parse(bytes, 0, bodyEnd);
  return ownAnswer(head, bytes, visit, own, closes);
}

const OVERLOAD_BODY = `503 ${STATUS_CODES[503]}: ${OVERLOADED.message}\n`;
const OVERLOAD_HEAD =
  `HTTP/1.1 503 ${STATUS_CODES[503]}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${OVERLOAD_BODY.length}\r\n` +
  `Cache-Control: no-store\r\nRetry-After: ${OVERLOADED.retryAfter}\r\n`;

/** What an overloaded router says: it is worth refusing somebody only if that costs next to nothing. */
export const overloadAnswer = (forHead: boolean, closes: boolean): string =>
  `${OVERLOAD_HEAD}${closes ? 'Connection: close\r\n' : ''}\r\n${forHead ? '' : OVERLOAD_BODY}`;
