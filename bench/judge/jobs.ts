/** Work in parts, by several threads, that goes on where it was stopped: each part's result is kept in a file as soon as it is there. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Kind, Part, Parts } from './parts.ts';

export interface Jobs {
  /** Results in the order of the inputs. */
  all<K extends Kind>(kind: K, inputs: readonly Parts[K]['input'][]): Promise<readonly Parts[K]['result'][]>;
}

export interface JobsOptions {
  /** Threads. */
  readonly threads: number;
  /** Where results are kept, one a line; null: nowhere. */
  readonly file: string | null;
  /** Files of the user's that results depend on besides the sources. */
  readonly given: readonly string[];
}

/** A thread's answer; a part that fails ends the benchmark. */
export type Answer = { readonly result: unknown } | { readonly error: string };

export function jobsOf({ threads, file, given }: JobsOptions): Jobs {
  const sources = digestOfSources(given);
  const known = file === null ? new Map<string, unknown>() : kept(file);

  function keep(key: string, result: unknown): void {
    known.set(key, result);
    if (file !== null) appendFileSync(file, `${JSON.stringify({ key, result })}\n`);
  }

  return {
    async all(kind, inputs) {
      const keyed = inputs.map((input) => {
        const part = { kind, input } as Part;
        return { part, key: JSON.stringify([sources, kind, input]) };
      });
      const missing = keyed.filter(({ key }) => !known.has(key));
      const tell = progressOf(kind, missing.length, keyed.length - missing.length);
      const crew = Array.from({ length: Math.min(threads, missing.length) }, () =>
        workThrough(missing, keep, tell),
      );
      await Promise.all(crew);
      return keyed.map(({ key }) => known.get(key) as Parts[typeof kind]['result']);
    },
  };
}

interface Keyed {
  readonly part: Part;
  readonly key: string;
}

/** One thread takes the next part until none is left. */
async function workThrough(
  parts: Keyed[],
  keep: (key: string, result: unknown) => void,
  tell: () => void,
): Promise<void> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url));
  try {
    for (let next = parts.shift(); next !== undefined; next = parts.shift()) {
      const answer = await answerOf(worker, next.part);
      if ('error' in answer) throw new Error(`${JSON.stringify(next.part)}: ${answer.error}`);
      keep(next.key, answer.result);
      tell();
    }
  } finally {
    await worker.terminate();
  }
}

function answerOf(worker: Worker, part: Part): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  worker.once('message', resolve);
  worker.once('error', reject);
  worker.postMessage(part);
  return promise.finally(() => worker.off('message', resolve).off('error', reject));
}

/** What an earlier run has done; a line that was cut off when it was stopped is done again. */
function kept(file: string): Map<string, unknown> {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const last = lines.pop();
  if (last) appendFileSync(file, '\n');
  const known = new Map<string, unknown>();
  for (const line of lines) {
    const entry = entryOf(line);
    if (entry !== null) known.set(entry.key, entry.result);
  }
  return known;
}

function entryOf(line: string): { readonly key: string; readonly result: unknown } | null {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** Results of other code are not these: everything that a result can depend on. */
function digestOfSources(given: readonly string[]): string {
  const root = join(import.meta.dirname, '../..');
  const sources = ['core', 'evidence', 'judge', 'metrics', 'simulate', 'spec'].map(
    (layer) => `src/${layer}/**/*.ts`,
  );
  const files = globSync([...sources, 'bench/judge/*.ts', 'test/judge/{audience,random}.ts'], {
    cwd: root,
  }).sort();
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)));
  for (const path of given) hash.update(readFileSync(path));
  return hash.digest('hex').slice(0, 16);
}

function progressOf(kind: Kind, missing: number, known: number): () => void {
  const began = performance.now();
  let done = 0;
  if (known > 0) process.stderr.write(`${kind}: ${known} of ${known + missing} parts are there already\n`);
  return () => {
    done++;
    const minutes = (((performance.now() - began) / done) * (missing - done)) / 60_000;
    process.stderr.write(`${kind}: ${done} of ${missing}, about ${minutes.toFixed(1)} min more\n`);
  };
}
