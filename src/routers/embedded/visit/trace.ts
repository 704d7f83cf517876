import { randomFillSync } from 'node:crypto';

/** Header lines of W3C Trace Context: whose request of whose this is. */
export const TRACEPARENT = 'traceparent';
/** Means something only beside the former. */
export const TRACESTATE = 'tracestate';

const FORM = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;

/** Whether this names a trace (Trace Context, 3.2); versions to come may have more behind it. */
export const isTraceparent = (text: string): boolean => FORM.test(text);

/** Bytes of a trace's id and of the request's own. */
const TRACE = 16;
const SPAN = 8;
/** Random bytes are made for many requests at a time: asking for few costs as much. */
const pool = Buffer.allocUnsafe(512 * (TRACE + SPAN));
let used = pool.length;

/** The name of a new trace, to be sampled. */
export function newTraceparent(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const span = used + TRACE;
  const text = `00-${pool.toString('hex', used, span)}-${pool.toString('hex', span, span + SPAN)}-01`;
  used = span + SPAN;
  return text;
}
