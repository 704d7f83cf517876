/** What a body holds at each place, so that a byte that is lost, doubled or moved shows: 251 is prime to all buffers. */
const PERIOD = 251;

export const HEAD_END = Buffer.from('\r\n\r\n');

/** A body of this size. */
export function patternOf(size: number): Buffer {
  const body = Buffer.allocUnsafe(size);
  for (let i = 0; i < size; i += 1) body[i] = i % PERIOD;
  return body;
}
