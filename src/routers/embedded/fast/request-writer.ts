import type { Socket } from 'node:net';
import { withoutOwnCookies } from '../clients/cookies.ts';
import { VIA } from '../visit/via.ts';
import type { Visit } from '../visit/visit.ts';
import { N } from './names.ts';
import type { Output } from './output.ts';
import type { RequestHead } from './request-head.ts';

/** Sends a request with the first part of its body: as the client wrote it, without what is Teal's, with who asks. */
export function writeRequest(
  output: Output,
  to: Socket,
  head: RequestHead,
  bytes: Buffer,
  bodyStart: number,
  bodyEnd: number,
  visit: Visit,
): void {
  const { lines } = head;
  const { forwarded, requestId, service, trace } = visit;
  if (trace !== null) dropTrace(head);
  output.begin(to);
  output.bytes(bytes, 0, lines.nameStart[0]!);
  const cookie = lines.first[N.cookie]!;
  const rest = cookie < 0 ? null : ownCookies(head, bytes, cookie);
  output.lines(bytes, lines, rest === null ? -1 : cookie, rest ?? '');
  output.text(
    `X-Forwarded-For: ${forwarded.for}\r\nX-Forwarded-Proto: ${forwarded.proto}\r\n` +
      `X-Forwarded-Host: ${forwarded.host}\r\nX-Request-Id: ${requestId}\r\n` +
      `${trace === null ? '' : `traceparent: ${trace}\r\n`}${service.http.via ? `Via: ${VIA}\r\n` : ''}\r\n`,
  );
  output.bytes(bytes, bodyStart, bodyEnd);
  output.flush();
}

/** What the client said of a trace was none. */
function dropTrace({ lines }: RequestHead): void {
  for (const number of [N.traceparent, N.tracestate]) {
    const line = lines.first[number]!;
    if (line >= 0) lines.dropped[line] = 1;
  }
}

/** The Cookie line without Teal's own; '' where nothing remains, null where it stays as it is. */
function ownCookies({ lines }: RequestHead, bytes: Buffer, line: number): string | null {
  const value = bytes.toString('latin1', lines.valueStart[line]!, lines.valueEnd[line]!);
  const rest = withoutOwnCookies(value);
  if (rest === value) return null;
  return rest === null
    ? ''
    : `${bytes.toString('latin1', lines.nameStart[line]!, lines.nameEnd[line]!)}: ${rest}\r\n`;
}
