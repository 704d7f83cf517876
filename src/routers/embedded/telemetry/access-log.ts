import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Colour } from '../../../core/model.ts';
import type { RequestOutcome } from '../../../core/ports.ts';
import type { Logger } from '../../../system/log.ts';

/** One request in the access log. Of its headers and its query nothing is written: they may hold secrets. */
export interface AccessEntry {
  /** RFC 3339, of the request's end. */
  readonly at: string;
  readonly service: string;
  /** Where it was served, or tried last; null: it got to no instance. */
  readonly environment: Colour | null;
  readonly release: string | null;
  readonly request: string;
  /** The nearest address that is believed. */
  readonly client: string;
  readonly host: string;
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly preview: boolean;
  readonly outcome: RequestOutcome;
  /** Of the instance's answer; null: there was none, and the router answered by itself, if anybody did. */
  readonly status: number | null;
  /** From the request's head to the answer's, ms; null: no answer, or one whose time says nothing. */
  readonly head: number | null;
  /** To the answer's end, ms. */
  readonly ms: number;
  readonly bytes: number;
}

/** Files of JSON lines, one for each service, that several processes may write to at once. */
export interface AccessLog {
  /** Costs no more than to remember the line. */
  write(entry: AccessEntry): void;
  /** Resolves when everything was written. */
  close(): Promise<void>;
}

const EVERY = 250;
/** A disk that is slower than the traffic must not take the memory: lines above are left out, and that is said. */
const MOST_WAITING = 4 * 1_048_576;
const MOST_SIZE = 64 * 1_048_576;
/** Old files kept besides the one that is written. */
const KEPT = 4;

/** `folder` is made when the first line is written, mode 0700. `mostSize`: bytes at which a file is put aside. */
export function openAccessLog(folder: string, log: Logger, mostSize = MOST_SIZE): AccessLog {
  const waiting = new Map<string, string[]>();
  let size = 0;
  let leftOut = 0;
  let timer: NodeJS.Timeout | null = null;
  let writing = Promise.resolve();

  const flush = async (): Promise<void> => {
    timer = null;
    const lines = [...waiting];
    waiting.clear();
    size = 0;
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      for (const [service, texts] of lines)
        await append(join(folder, `${service}.ndjson`), texts.join(''), mostSize);
      if (leftOut > 0) log.warn({ leftOut }, 'the access log cannot keep up; lines were left out');
    } catch (error) {
      log.error({ err: error, folder }, 'cannot write the access log');
    }
    leftOut = 0;
  };
  const flushInTurn = () => {
    writing = writing.then(flush);
  };

  return {
    write(entry) {
      const text = `${JSON.stringify(entry)}\n`;
      if (size + text.length > MOST_WAITING) {
        leftOut += 1;
        return;
      }
      size += text.length;
      const lines = waiting.get(entry.service);
      if (lines === undefined) waiting.set(entry.service, [text]);
      else lines.push(text);
      timer ??= setTimeout(flushInTurn, EVERY);
    },
    async close() {
      if (timer !== null) {
        clearTimeout(timer);
        flushInTurn();
      }
      await writing;
    },
  };
}

/** Opened anew for each portion, so that another process may put the file aside at any time. */
async function append(path: string, text: string, mostSize: number): Promise<void> {
  await appendFile(path, text, { mode: 0o600 });
  if ((await stat(path)).size < mostSize) return;
  for (let number = KEPT - 1; number >= 1; number -= 1) {
    await renameIfThere(`${path}.${number}`, `${path}.${number + 1}`);
  }
  await renameIfThere(path, `${path}.1`);
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
