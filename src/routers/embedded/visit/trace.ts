/** Header lines of W3C Trace Context: whose request of whose this is. */
export const TRACEPARENT = 'traceparent';
/** Means something only beside the former. */
export const TRACESTATE = 'tracestate';

const FORM = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;

/** Whether this names a trace (Trace Context, 3.2); versions to come may have more behind it. */
export const isTraceparent = (text: string): boolean => FORM.test(text);
