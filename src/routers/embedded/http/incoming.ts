import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { RequestHead } from '../wire/request-head.ts';

/**
 * A request without a body as node's own server would give it, of the head that was parsed from `bytes`. null: a name stands
 * on several lines, and what they mean together node's parser decides.
 */
export function incomingOf(head: RequestHead, bytes: Buffer, socket: Socket): IncomingMessage | null {
  const { lines } = head;
  const rawHeaders: string[] = [];
  const byName = new Map<string, string>();
  for (let i = 0; i < lines.count; i += 1) {
    const name = lines.text(bytes, lines.nameStart[i]!, lines.nameEnd[i]!);
    const value = lines.text(bytes, lines.valueStart[i]!, lines.valueEnd[i]!);
    rawHeaders.push(name, value);
    byName.set(name.toLowerCase(), value);
  }
  if (byName.size < lines.count) return null;
  const req = new IncomingMessage(socket);
  return Object.assign(req, {
    method: head.method,
    url: head.target(bytes),
    httpVersion: '1.1',
    httpVersionMajor: 1,
    httpVersionMinor: 1,
    rawHeaders,
    headers: Object.fromEntries(byName),
    complete: true,
  });
}
