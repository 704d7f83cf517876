import type { RequestOutcome } from '../../../core/ports.ts';
import { isEventStream, type RawHeaders } from '../http/head.ts';
import type { AnswerHead } from './errand.ts';
import { GRPC_RESTART, grpcStatus, isGrpc } from './grpc.ts';
import { outcomeOf } from './refusals.ts';

const OK = 200;
const NONE: RawHeaders = [];

/** What has gone to the client of an instance's answer, and what kind of answer it is. */
export class AnswerSoFar {
  /** null: nothing has. */
  head: AnswerHead | null = null;
  /** When it came, in the time of `performance.now()`; null: its time says nothing. */
  headAt: number | null = null;
  /** Bytes of the body. */
  bytesOut = 0;
  /** A stream of messages, on which either side may be silent for as long as it likes. */
  isGrpc = false;
  /** It goes on for as long as both sides like, but ends politely when the drain of its environment is over. */
  goesOn = false;

  begin(head: AnswerHead): void {
    const events = isEventStream(head.lines);
    this.head = head;
    this.isGrpc = isGrpc(head.lines);
    this.goesOn = events || this.isGrpc;
    this.headAt = events ? null : performance.now();
  }

  /** Whether it may end before its time and look whole: one that has said how long it is would look cut off. */
  get mayEndEarly(): boolean {
    return this.head?.hasLength === false;
  }

  /** The trailers of an answer that ends so. */
  get lastWords(): RawHeaders {
    return this.isGrpc ? GRPC_RESTART : NONE;
  }

  /** How it went. `trailers`: what came behind it. */
  outcome(trailers: RawHeaders): RequestOutcome {
    const { status, lines } = this.head!;
    return outcomeOf(this.isGrpc && status === OK ? grpcStatus(lines, trailers) : status);
  }
}
