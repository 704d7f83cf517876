import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Job } from '../core/model.ts';
import type { Logger } from '../system/log.ts';

/** Bytes of one job's output that are kept on disk. */
const LIMIT = 10 * 1024 * 1024;

/** Takes the whole output of a job, of which the evidence shows head and tail. */
export interface OutputFile {
  write(text: string): void;
  close(): Promise<void>;
}

/**
 * Opens `<folder>/<job id, with _ for />.<attempt>.log` (mode 0600) and appends to it, since a retry belongs to the
 * same job. A disk that refuses is logged and costs the file, never the check.
 */
export async function openOutputFile(folder: string, job: Job, log: Logger): Promise<OutputFile> {
  const path = join(folder, `${job.id.replace(/[^\w.-]/g, '_')}.${job.attempt}.log`);
  const warn = (err: unknown) => log.warn({ err, path }, 'cannot keep the output of a job');
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch(warn);
  const file = createWriteStream(path, { flags: 'a', mode: 0o600 });
  const done = finished(file).catch(warn);
  let size = 0;
  return {
    write(text) {
      if (size > LIMIT || file.destroyed) return;
      size += Buffer.byteLength(text);
      file.write(size > LIMIT ? '[... the rest was left out ...]\n' : text);
    },
    async close() {
      if (!file.destroyed) file.end();
      await done;
    },
  };
}

/** Removes the outputs of a service's rollouts numbered below `before`; none yet is no error. */
export async function pruneOutputs(folder: string, service: string, before: number): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const name of names) {
    const [, of, number] = /^(.+?)-(\d+)_/.exec(name) ?? [];
    if (of === service && Number(number) < before) await rm(join(folder, name), { force: true });
  }
}
