import { patternOf } from './pattern.ts';

/** Bytes of a message: below 126 its length has one byte (RFC 6455, 5.2). */
export const MESSAGE = 100;
const WHOLE_BINARY = 0x82;

/** What clients send: masked, with a mask of zeros, so that it stands as it is. */
export const clientFrame = (size: number): Buffer =>
  Buffer.concat([Buffer.of(WHOLE_BINARY, 0x80 | size, 0, 0, 0, 0), patternOf(size)]);

/** What comes back. */
export const serverFrame = (size: number): Buffer =>
  Buffer.concat([Buffer.of(WHOLE_BINARY, size), patternOf(size)]);
