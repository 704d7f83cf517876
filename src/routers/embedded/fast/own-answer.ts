import { STATUS_CODES } from 'node:http';
import { type OwnAnswer, render } from '../http/answer.ts';
import type { Visit } from '../visit/visit.ts';
import type { RequestHead } from './request-head.ts';

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
