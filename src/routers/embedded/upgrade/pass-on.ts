import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { outcomeOf } from '../exchange/refusals.ts';
import type { Visit } from '../visit/visit.ts';
import type { Declined } from './reply.ts';

/** The client of an answer that is passed on. */
export interface Hearer {
  /** Says the head of the answer; returns what takes its body. */
  begin(): Writable;
  /** As `TunnelEnd` has it. */
  endUnread(within: number): void;
}

/** How an answer ended that did not come to its end. */
export type Unfinished = 'gone' | 'cut-off' | 'timed-out';

/**
 * What an instance that does not agree to a change of protocol answers goes to the client as an answer like any other, and
 * is counted. null: all of it. `sendIdle`: ms for which the client may read nothing of it. Rejects only where `begin` throws.
 */
export async function passOn(
  reply: Declined,
  visit: Visit,
  hearer: Hearer,
  sendIdle: number,
): Promise<Unfinished | null> {
  const { status, body } = reply;
  const headAt = performance.now();
  visit.answered(headAt);
  let bytes = 0;
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  const client = hearer.begin();
  let why: Unfinished | null = null;
  // Whoever breaks off first is to blame: the other one is ended for it.
  const onLeft = () => {
    if (!body.destroyed) why ??= 'gone';
  };
  client.once('error', onLeft);
  client.once('close', onLeft);

  let isUnread = false;
  let unread: NodeJS.Timeout | undefined;
  const awaitReading = () => {
    isUnread = true;
    unread = setTimeout(() => hearer.endUnread(sendIdle), sendIdle);
  };
  const goOn = () => {
    isUnread = false;
    clearTimeout(unread);
  };
  body.on('pause', awaitReading);
  body.on('end', awaitReading);
  body.on('resume', goOn);

  const late = new AbortController();
  const { time } = visit.service.http.limits;
  const expire = () => {
    why ??= isUnread ? 'gone' : 'timed-out';
    late.abort();
  };
  const timer = time === null ? undefined : setTimeout(expire, visit.startedAt + time - headAt);
  try {
    await pipeline(body, client, { signal: late.signal });
    visit.end(outcomeOf(status), headAt, bytes, status);
    return null;
  } catch {
    const unfinished = why ?? (reply.isWhole() ? 'gone' : 'cut-off');
    visit.end(unfinished, headAt, bytes, status);
    return unfinished;
  } finally {
    clearTimeout(timer);
    clearTimeout(unread);
  }
}
