import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TealError } from '../core/error.ts';
import type { Release } from '../core/model.ts';
import type { ServiceSpec } from '../core/service/service-spec.ts';
import type { Logger } from '../system/log.ts';
import { resolveUser } from '../system/users/user.ts';
import { build } from './build.ts';
import { copyPaths, diskFull, explain } from './copy.ts';
import { digestOf, releaseId } from './digest.ts';
import { unpackRef } from './git.ts';
import { giveTo, letPass } from './ownership.ts';
import { allPaths, sourcePaths } from './source.ts';

export interface ReleaseStoreOptions {
  /** Folder of all releases (`home.releases`); made when needed. */
  readonly root: string;
  /** Where build output is kept. Default: `logs` beside the root, as in a Teal home. */
  readonly logs?: string;
  readonly log: Logger;
}

export interface MakeOptions {
  /** A commit, branch or tag instead of the working tree. */
  readonly ref?: string;
  readonly message?: string;
  /** Unix ms. */
  readonly now: number;
  readonly onProgress?: (kind: 'reading' | 'copying' | 'building', detail: string) => void;
  /** A line of the build's output. */
  readonly onOutput?: (line: string) => void;
  readonly signal?: AbortSignal;
  /** A release with that digest that is there already: it is the answer then, and nothing is built. */
  readonly existing?: (digest: string) => Release | null;
}

/** Immutable copies of a service's folder, each with its configuration: `<root>/<service>/<id>`. */
export interface ReleaseStore {
  /**
   * Copies the source, builds, and resolves with the release. All or nothing: whatever goes wrong, no part of it stays.
   * Rejects with E_SOURCE_..., E_REF_..., E_BUILD_..., E_DISK_FULL, E_ROOT or E_USER_...
   */
  make(spec: ServiceSpec, options: MakeOptions): Promise<Release>;
  /** Ids on the disk, oldest first. */
  list(service: string): Promise<readonly string[]>;
  /** Removes all but those in `keep` and the newest `keepReleases` of the others; resolves with what was removed. */
  prune(service: string, keep: readonly string[], keepReleases: number): Promise<readonly string[]>;
}

/** Marks what is not whole yet: a folder being copied, or (as an empty file) the folder beside it being built. */
const PARTIAL = '.partial';

export function releaseStore({
  root,
  logs = join(dirname(root), 'logs'),
  log,
}: ReleaseStoreOptions): ReleaseStore {
  /** What a crash left goes before anything new is made; a store has one user, the daemon. */
  const cleaned = removePartials(root);
  cleaned.catch((error: unknown) => log.error({ err: error }, 'cannot remove unfinished releases'));

  async function make(spec: ServiceSpec, options: MakeOptions): Promise<Release> {
    await cleaned;
    const user = await resolveUser(spec.user);
    const folder = join(root, spec.service);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await letPass(user, [dirname(root), root, folder]);
    const partial = join(folder, `${randomBytes(6).toString('hex')}${PARTIAL}`);
    try {
      await mkdir(partial, { mode: 0o755 });
      const paths = await fill(partial, spec, options);
      const digest = await digestOf(partial, paths, spec);
      const existing = options.existing?.(digest);
      if (existing) return existing;
      const { id, createdAt } = await freeId(folder, options.now, digest);
      await giveTo(user, partial);
      const path = join(folder, id);
      await finish(spec, id, partial, path, options);
      log.info({ service: spec.service, release: id, files: paths.length }, 'release made');
      const message = options.message ?? null;
      return { id, service: spec.service, digest, createdAt, path, message, spec };
    } catch (error) {
      throw diskFull(error, partial) ?? error;
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  }

  /** Resolves with the paths that are in the folder now. */
  async function fill(into: string, spec: ServiceSpec, options: MakeOptions): Promise<string[]> {
    const { ref, onProgress, signal } = options;
    if (!(await stat(spec.source).catch(() => null))?.isDirectory()) {
      throw new TealError('E_SOURCE_MISSING', `There is no folder ${spec.source}`, {
        fix: 'Correct `source` in teal.yaml, or check that the daemon may read it.',
        exitCode: 2,
      });
    }
    if (ref !== undefined) {
      onProgress?.('copying', `${spec.source} at ${ref}`);
      await unpackRef(spec.source, ref, into);
      return allPaths(into);
    }
    onProgress?.('reading', spec.source);
    const paths = await sourcePaths(spec.source, dirname(root)).catch(explain(spec.source));
    if (paths.length === 0) {
      throw new TealError('E_SOURCE_EMPTY', `There is nothing to release in ${spec.source}`, {
        fix: 'Check `source` in teal.yaml, and whether .gitignore leaves everything out.',
        exitCode: 2,
      });
    }
    onProgress?.('copying', `${paths.length} ${paths.length === 1 ? 'file' : 'files'}`);
    await copyPaths(spec.source, into, paths, signal);
    return paths;
  }

  /** Gives the copy its name and builds there, since builds like to write down where they are. */
  async function finish(
    spec: ServiceSpec,
    release: string,
    partial: string,
    path: string,
    { onProgress, onOutput, signal }: MakeOptions,
  ): Promise<void> {
    const marker = `${path}${PARTIAL}`;
    await writeFile(marker, '');
    try {
      await rename(partial, path);
      if (spec.build !== null) {
        onProgress?.('building', spec.build);
        await build(spec, spec.build, {
          folder: path,
          release,
          log: buildLog(spec.service, release),
          onOutput: onOutput ?? (() => undefined),
          ...(signal ? { signal } : {}),
        });
      }
    } catch (error) {
      await rm(path, { recursive: true, force: true });
      throw error;
    } finally {
      await rm(marker, { force: true });
    }
  }

  const buildLog = (service: string, release: string) => join(logs, service, `build-${release}.log`);

  async function prune(
    service: string,
    keep: readonly string[],
    keepReleases: number,
  ): Promise<readonly string[]> {
    const others = (await list(service)).filter((id) => !keep.includes(id));
    const removed = others.slice(0, Math.max(0, others.length - keepReleases));
    for (const id of removed) {
      const path = join(root, service, id);
      await rename(path, `${path}${PARTIAL}`); // so that a crash cannot leave half a release with a whole one's name
      await rm(`${path}${PARTIAL}`, { recursive: true, force: true });
      await rm(buildLog(service, id), { force: true });
    }
    return removed;
  }

  async function list(service: string): Promise<readonly string[]> {
    await cleaned;
    const names = await entriesOf(join(root, service));
    return names.filter((name) => !name.endsWith(PARTIAL) && !names.includes(`${name}${PARTIAL}`)).sort();
  }

  return { make, list, prune };
}

/** An id that no folder has; the same content within a second gets the next one. */
async function freeId(
  folder: string,
  now: number,
  digest: string,
): Promise<{ id: string; createdAt: number }> {
  const taken = await entriesOf(folder);
  let createdAt = now;
  while (taken.includes(releaseId(createdAt, digest))) createdAt += 1_000;
  return { id: releaseId(createdAt, digest), createdAt };
}

async function removePartials(root: string): Promise<void> {
  for (const service of await entriesOf(root)) {
    for (const name of await entriesOf(join(root, service))) {
      if (!name.endsWith(PARTIAL)) continue;
      const path = join(root, service, name);
      // The folder before its marker, so that a crash in between is found again.
      await rm(path.slice(0, -PARTIAL.length), { recursive: true, force: true });
      await rm(path, { recursive: true, force: true });
    }
  }
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}
