import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

/** A folder that is looked at. Paths are relative to it; what is not there is null or empty, never an error. */
export interface Project {
  /** Absolute. */
  readonly root: string;
  /** Name of the folder. */
  readonly name: string;
  read(path: string): Promise<string | null>;
  has(path: string): Promise<boolean>;
  /** Names in a folder, sorted. */
  list(path: string): Promise<readonly string[]>;
  /** The first of these that is there. */
  firstOf(...paths: readonly string[]): Promise<string | null>;
}

export function openProject(dir: string): Project {
  const root = resolve(dir);
  const has = async (path: string) => (await stat(join(root, path)).catch(absent)) !== null;
  return {
    root,
    name: basename(root),
    has,
    read: (path) => readFile(join(root, path), 'utf8').catch(absent),
    list: async (path) => ((await readdir(join(root, path)).catch(absent)) ?? []).toSorted(),
    async firstOf(...paths) {
      for (const path of paths) if (await has(path)) return path;
      return null;
    },
  };
}

function absent(error: NodeJS.ErrnoException): null {
  if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(error.code ?? '')) return null;
  throw error;
}

/** What a detector found out. */
export interface Found {
  readonly kind: 'procfile' | 'node' | 'python' | 'go' | 'dockerfile' | 'static';
  /** What it was recognised by, for people. */
  readonly because: string;
  /** A name that the project gives itself. */
  readonly name?: string | undefined;
  readonly run: string;
  readonly build: string | null;
  /** Port that users should reach, where the project says one. */
  readonly port?: number | undefined;
  /** Takes no HTTP traffic. */
  readonly worker?: boolean;
  /** Request that shows readiness, where the kind of project decides it. */
  readonly ready?: string;
  /** Command that changes what releases share, such as a migration. */
  readonly beforePrepare?: string | undefined;
  /** What the reader should look at, a sentence each. */
  readonly notes: readonly string[];
}

/** null: it is no project of this kind. */
export type Detector = (project: Project) => Promise<Found | null>;
