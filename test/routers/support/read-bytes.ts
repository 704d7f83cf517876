import type { Readable } from 'node:stream';
import { eventually } from './eventually.ts';

/** Resolves with all that has come once it is `length` bytes or more. */
export async function readBytes(from: Readable, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  from.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
  });
  await eventually(`${length} bytes have come`, () => size >= length);
  return Buffer.concat(chunks);
}
