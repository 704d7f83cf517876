import type { Socket } from 'node:net';
import { withoutOwnCookies } from '../clients/cookies.ts';
import type { Forwarded } from '../visit/peer.ts';
import { ID_DIGITS, type RequestNames, SPAN_DIGITS, TRACE_DIGITS } from '../visit/request-names.ts';
import { TRACEPARENT } from '../visit/trace.ts';
import { VIA } from '../visit/via.ts';
import type { Visit } from '../visit/visit.ts';
import { N } from '../wire/names.ts';
import type { RequestHead } from '../wire/request-head.ts';
import type { Output } from './output.ts';

const ID = Buffer.from('X-Request-Id: ');
const TRACE = Buffer.from(`\r\n${TRACEPARENT}: 00-`);
const SPAN = Buffer.from('-');
const SAMPLED = Buffer.from('-01');
const END_WITH_VIA = Buffer.from(`\r\nVia: ${VIA}\r\n\r\n`);
const END = Buffer.from('\r\n\r\n');

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
  const { forwarded, names, service } = visit;
  if (names.beginsTrace) dropTrace(head);
  output.begin(to);
  output.bytes(bytes, 0, lines.nameStart[0]!);
  const cookie = lines.first[N.cookie]!;
  const rest = cookie < 0 ? null : ownCookies(head, bytes, cookie);
  output.lines(bytes, lines, rest === null ? -1 : cookie, rest ?? '');
  introduce(output, forwarded, names);
  output.all(service.http.via ? END_WITH_VIA : END);
  output.bytes(bytes, bodyStart, bodyEnd);
  output.flush();
}

/** Piece by piece: to put a text together, and then to write it out, takes longer than the pieces. */
function introduce(
  output: Output,
  forwarded: Forwarded,
  { givenId, beginsTrace, digits }: RequestNames,
): void {
  output.text(forwarded.lines);
  output.all(ID);
  const trace = digits.start + ID_DIGITS;
  if (givenId === null) output.bytes(digits.bytes, digits.start, trace);
  else output.text(givenId);
  if (!beginsTrace) return;
  const span = trace + TRACE_DIGITS;
  output.all(TRACE);
  output.bytes(digits.bytes, trace, span);
  output.all(SPAN);
  output.bytes(digits.bytes, span, span + SPAN_DIGITS);
  output.all(SAMPLED);
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
