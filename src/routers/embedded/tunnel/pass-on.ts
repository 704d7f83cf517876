import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { outcomeOf } from '../exchange/refusals.ts';
import type { Visit } from '../visit/visit.ts';

/**
 * What an instance answers that does not agree to a change of protocol goes to the client as an answer like any other.
 * `begin`: says its head; rejects only where that throws.
 */
export async function passOn(
  reply: IncomingMessage,
  client: Writable,
  visit: Visit,
  begin: (status: number) => void,
): Promise<void> {
  const status = reply.statusCode ?? 502;
  const headAt = performance.now();
  visit.answered(headAt);
  let bytes = 0;
  reply.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  begin(status);
  try {
    await pipeline(reply, client);
    visit.end(outcomeOf(status), headAt, bytes, status);
  } catch {
    visit.end(reply.complete ? 'gone' : 'cut-off', headAt, bytes, status); // which side broke off is all there is to know
  }
}
