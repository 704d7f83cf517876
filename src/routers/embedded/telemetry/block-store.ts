import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { TrafficBlock } from '../../../core/ports.ts';
import { writeFileAtomic } from '../../../system/atomic-file.ts';
import type { Logger } from '../../../system/log.ts';

const KEEP = 15 * 60_000;
/** Above this many, blocks older than {@link KEEP} go even if nobody has acknowledged them. */
const LIMIT = 20_000;
/** Most blocks that one call of `since` returns; the caller asks again. */
const PAGE = 5_000;
/** The file is written anew when it holds this many lines that were acknowledged. */
const COMPACT = 1_000;

/** Blocks until they are acknowledged; they survive the router's restart in a file of JSON lines. */
export interface BlockStore {
  /** Numbers the blocks and keeps them; resolves once they are in the file too. Never rejects: a failure is logged. */
  add(blocks: readonly Omit<TrafficBlock, 'number'>[]): Promise<void>;
  /** Blocks above `number`, oldest first, at most 5,000. */
  since(number: number): readonly TrafficBlock[];
  acknowledge(upTo: number): Promise<void>;
  /** Resolves when everything so far is in the file, for another process to read. Rejects with the system's error where the disk refuses. */
  written(): Promise<void>;
}

/**
 * Numbers go on after the last one in the file, and never start below the Unix time in ms: so they grow even if the
 * file was lost or the machine went down before its last lines were on disk.
 */
export async function openBlockStore(path: string, log: Logger, now: number): Promise<BlockStore> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const before = await readBlocks(path, log);
  let kept = before.blocks;
  let next = Math.max(now, before.last + 1);
  let stale = 0;
  let writing = Promise.resolve();
  /** The file lacks something. */
  let failed = false;

  const write = (work: () => Promise<void>): Promise<void> => {
    writing = writing.then(work).catch((error: unknown) => {
      failed = true;
      log.error({ err: error, path }, 'cannot write telemetry; a restart of the router would lose it');
    });
    return writing;
  };
  const lines = (blocks: readonly TrafficBlock[]) =>
    blocks.map((block) => `${JSON.stringify(block)}\n`).join('');

  /** Also what a write that failed has left out, or in halves. */
  const rewrite = async () => {
    await writeFileAtomic(path, lines(kept));
    failed = false;
  };
  const compact = () => {
    stale = 0;
    return write(rewrite);
  };

  const append = (text: string) =>
    write(() => (failed ? rewrite() : appendFile(path, text, { mode: 0o600 })));

  await compact();
  return {
    add(blocks) {
      if (blocks.length === 0) return Promise.resolve();
      const numbered = blocks.map((block) => ({ number: next++, ...block }));
      kept.push(...numbered);
      if (kept.length > LIMIT) {
        const oldest = numbered[0]!.at - KEEP;
        const count = kept.length;
        kept = kept.filter((block) => block.at >= oldest);
        stale += count - kept.length;
      }
      return append(lines(numbered));
    },
    written() {
      const whole = writing.then(() => (failed ? rewrite() : undefined));
      writing = whole.catch(() => undefined); // told to who asks
      return whole;
    },
    since(number) {
      const first = kept.findIndex((block) => block.number > number);
      return first < 0 ? [] : kept.slice(first, first + PAGE);
    },
    acknowledge(upTo) {
      const count = kept.length;
      kept = kept.filter((block) => block.number > upTo);
      stale += count - kept.length;
      if (stale >= COMPACT) return compact();
      return append(`${JSON.stringify({ acknowledged: upTo })}\n`);
    },
  };
}

interface FileContent {
  /** Not acknowledged, oldest first. */
  readonly blocks: TrafficBlock[];
  /** The highest number that the file mentions; 0 where it mentions none. */
  readonly last: number;
}

/** A line that the last write did not finish, or that is damaged, is left out. */
async function readBlocks(path: string, log: Logger): Promise<FileContent> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { blocks: [], last: 0 };
    throw error;
  }
  let acknowledged = 0;
  let last = 0;
  const blocks: TrafficBlock[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      const value = JSON.parse(line) as TrafficBlock | { readonly acknowledged: number };
      if ('acknowledged' in value) {
        acknowledged = Math.max(acknowledged, value.acknowledged);
      } else if (value.number > last) {
        // A line may stand twice when the file was written anew while others were on their way to it.
        last = value.number;
        blocks.push(value);
      }
    } catch {
      log.warn({ path }, 'left out a damaged line of telemetry');
    }
  }
  return {
    blocks: blocks.filter((block) => block.number > acknowledged),
    last: Math.max(last, acknowledged),
  };
}
