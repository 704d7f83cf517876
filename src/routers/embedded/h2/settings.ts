import type { ServerSessionOptions } from 'node:http2';
import { MOST_HEADER_LINES } from '../../../core/service/http-spec.ts';
import type { Limits } from '../visit/limits.ts';

/** A stream costs a connection to an instance and up to two buffers; browsers are content with 100. */
const STREAMS = 100;
/** Header lines at most, and the pseudo-headers: a service may allow fewer. */
const LINES = MOST_HEADER_LINES + 5;
/** How much of a body may be under way: a connection with 50 ms to and fro carries 5 MB a second. */
const WINDOW = 262_144;

/** What one connection may cost. Frames that are wrong, and resets in quick succession, nghttp2 counts by itself. */
export const sessionOptions = (limits: Limits): ServerSessionOptions => ({
  maxHeaderListPairs: LINES,
  maxSessionInvalidFrames: 100,
  maxSettings: 16,
  // Of what an answer says twice the first counts, see headers.ts: node need not look for it.
  strictSingleValueFields: false,
  settings: {
    maxConcurrentStreams: STREAMS,
    maxHeaderListSize: limits.headSize,
    initialWindowSize: WINDOW,
    enableConnectProtocol: true,
    enablePush: false,
  },
});
