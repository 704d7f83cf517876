import { setTimeout as delay } from 'node:timers/promises';
import type { LogLine, LogOptions } from '../../core/ports.ts';
import { readRange, readTail, sizeOf } from './supervisor/logs/log-file.ts';

/** A log file and whose it is. */
export interface LogSource extends Omit<LogLine, 'text'> {
  readonly path: string;
  /** Byte from which on the lines are the current release's. */
  readonly from: number;
}

/** Files are written by others, and no notification of that is dependable on every file system. */
const LOOK_EVERY = 100;
/** Bytes read at a time. */
const CHUNK = 256 * 1024;

/** Lines of several files; `sources` is asked again and again while following, so that new instances join. */
export async function* readLogs(
  sources: () => Promise<readonly LogSource[]>,
  { tail, follow, signal }: LogOptions,
): AsyncIterable<LogLine> {
  const positions = new Map<string, Position>();
  for (const source of await sources()) {
    positions.set(source.path, { at: sizeOf(source.path), rest: Buffer.alloc(0) });
    for (const text of await readTail(source.path, tail, source.from)) yield line(source, text);
  }
  while (follow && !signal.aborted) {
    for (const source of await sources()) {
      const position = positions.get(source.path) ?? { at: source.from, rest: Buffer.alloc(0) };
      positions.set(source.path, position);
      for (const text of await newLines(source.path, position)) yield line(source, text);
    }
    await delay(LOOK_EVERY, undefined, { signal }).catch(() => undefined); // aborted: the loop sees it
  }
}

interface Position {
  at: number;
  /** The beginning of a line whose end is not there yet. */
  rest: Buffer;
}

async function newLines(path: string, position: Position): Promise<string[]> {
  const size = sizeOf(path);
  if (size < position.at) position.at = 0; // rotated
  const bytes = await readRange(path, position.at, Math.min(size, position.at + CHUNK));
  position.at += bytes.length;
  const whole = Buffer.concat([position.rest, bytes]);
  const end = whole.lastIndexOf(10);
  position.rest = whole.subarray(end + 1);
  return end < 0 ? [] : whole.subarray(0, end).toString('utf8').split('\n');
}

const line = ({ colour, instance }: LogSource, text: string): LogLine => ({ colour, instance, text });
