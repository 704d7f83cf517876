import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { outcomeOf } from '../exchange/refusals.ts';
import type { Visit } from '../visit/visit.ts';
import type { Declined } from './reply.ts';

/**
 * What an instance answers that does not agree to a change of protocol goes to the client as an answer like any other.
 * `begin`: says its head, and where the body goes; rejects only where that throws.
 */
export async function passOn(reply: Declined, visit: Visit, begin: () => Writable): Promise<void> {
  const { status, body } = reply;
  const headAt = performance.now();
  visit.answered(headAt);
  let bytes = 0;
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  const client = begin();
  try {
    await pipeline(body, client);
    visit.end(outcomeOf(status), headAt, bytes, status);
  } catch {
    visit.end(reply.isWhole() ? 'gone' : 'cut-off', headAt, bytes, status); // which side broke off is all there is to know
  }
}
