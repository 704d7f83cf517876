import type { Logger } from '../../../../system/log.ts';
import { sizeOf } from './log-file.ts';
import { LOG_LIMIT, rotateLog } from './rotation.ts';

/** A log that somebody else writes. */
export interface WatchedLog {
  readonly path: string;
  /** It was emptied. */
  rotated?(): void;
}

/** Longest and shortest time between two looks, ms. */
const SELDOM = 500;
const OFTEN = 25;

/**
 * Rotates these logs when they are over the limit. They are looked at twice a second, and the oftener the faster one of
 * them grows. So a log outgrows the limit by what is written in half a second when a flood begins, and by what is
 * written in 25 ms and during the copy while it lasts. Returns what ends it.
 */
export function watchLogs(logs: () => readonly WatchedLog[], log: Logger): () => void {
  let last = { at: performance.now(), sizes: new Map<string, number>() };
  let isOver = false;
  let timer = setTimeout(look, SELDOM);

  async function look(): Promise<void> {
    const at = performance.now();
    const elapsed = at - last.at;
    const sizes = new Map<string, number>();
    let after = SELDOM;
    for (const watched of logs()) {
      try {
        const size = sizeOf(watched.path);
        const rate = Math.max(0, size - (last.sizes.get(watched.path) ?? 0)) / elapsed;
        const isRotated = await rotateLog(watched.path);
        if (isRotated) watched.rotated?.();
        const left = isRotated ? 0 : size;
        sizes.set(watched.path, left);
        after = Math.min(after, nextLook(left, rate));
      } catch (error) {
        log.error({ err: error, path: watched.path }, 'cannot rotate a log');
      }
    }
    last = { at, sizes };
    if (!isOver) timer = setTimeout(look, after);
  }

  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

/** ms until a log should be looked at again: half the time in which it would be at the limit. `rate`: bytes in a ms. */
export function nextLook(size: number, rate: number, limit = LOG_LIMIT): number {
  return Math.min(SELDOM, Math.max(OFTEN, (limit - size) / rate / 2));
}
