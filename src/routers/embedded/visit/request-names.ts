import { RandomHex } from './random-hex.ts';
import { isTraceparent } from './trace.ts';

/** Hexadecimal digits of a request's id: 128 bits. */
export const ID_DIGITS = 32;
/** Of a trace's id, and of the request's own within it (Trace Context, 3.2.2). */
export const TRACE_DIGITS = 32;
export const SPAN_DIGITS = 16;

const TRACE_END = ID_DIGITS + TRACE_DIGITS;
const ALL = TRACE_END + SPAN_DIGITS;
const PROPER_ID = /^[\w.:=+/@-]{1,128}$/;

/** What one request is called on its way: its id, and the trace that begins with it. */
export class RequestNames {
  /** A proper id of the client's is passed on, so that one request has one name along its whole way; null: it has none. */
  readonly givenId: string | null;
  /** Whether a trace begins here. One that the client names goes on as it is: the router is no part of it. */
  readonly beginsTrace: boolean;
  /** The id, then those of a trace that begins here: its own, and the request's within it. An id that was given leaves its digits unused. */
  readonly digits: RandomHex;

  /** `id`, `trace`: what the client says; `traced`: whether requests get a trace here. */
  constructor(id: string | undefined, trace: string | undefined, traced: boolean) {
    this.givenId = id !== undefined && PROPER_ID.test(id) ? id : null;
    this.beginsTrace = traced && (trace === undefined || !isTraceparent(trace));
    this.digits = new RandomHex(this.beginsTrace ? ALL : ID_DIGITS);
  }

  get id(): string {
    return this.givenId ?? this.digits.text(0, ID_DIGITS);
  }

  /** The name of the new trace, to be sampled; null: none begins here. */
  get trace(): string | null {
    if (!this.beginsTrace) return null;
    return `00-${this.digits.text(ID_DIGITS, TRACE_END)}-${this.digits.text(TRACE_END, ALL)}-01`;
  }
}
