import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Release } from '../core/model.ts';
import type { ServiceSpec } from '../core/service/service-spec.ts';
import { eachOf } from './concurrency.ts';

/**
 * What a release is, as SHA-256 in hex: over every file's path, kind, executable bit (all that git knows of a mode)
 * and content, in the order of the paths, and over the spec. Times, owners and the folder it was made from do not
 * count, so that the same content gives the same digest anywhere.
 */
export async function digestOf(folder: string, paths: readonly string[], spec: ServiceSpec): Promise<string> {
  const lines = new Map<string, string>();
  await eachOf(paths, async (path) => {
    lines.set(path, await describe(join(folder, path)));
  });
  const hash = createHash('sha256');
  // By code unit, not by locale; each path quoted, so that none can pass for several.
  for (const path of [...lines.keys()].sort()) hash.update(`${lines.get(path)} ${JSON.stringify(path)}\n`);
  const { source: _, ...meaning } = spec;
  return hash.update(canonicalJson(meaning)).digest('hex');
}

/** Whether two releases run the same content with the same configuration. */
export const sameContent = (a: Pick<Release, 'digest'>, b: Pick<Release, 'digest'>): boolean =>
  a.digest === b.digest;

/** `YYYYMMDD-HHMMSS-<first 7 of the digest>`, in UTC. */
export function releaseId(at: number, digest: string): string {
  const [date = '', time = ''] = new Date(at).toISOString().replace(/[-:]/g, '').slice(0, 15).split('T');
  return `${date}-${time}-${digest.slice(0, 7)}`;
}

async function describe(path: string): Promise<string> {
  const stat = await lstat(path);
  if (stat.isDirectory()) return 'folder';
  const hash = createHash('sha256');
  if (stat.isSymbolicLink()) return `link ${hash.update(await readlink(path)).digest('hex')}`;
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return `${(stat.mode & 0o111) === 0 ? 'file' : 'program'} ${hash.digest('hex')}`;
}

/** JSON with the keys of every object in order. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
