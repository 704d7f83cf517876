import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The first of these that a source mentions is taken. */
const PATHS = ['healthz', 'health', 'readyz', 'ready', 'up', '_health', 'livez'];
const SOURCE = /\.(?:[cm]?[jt]sx?|py|go|rb|java|kt|php|rs|ex|exs|cs)$/;
const SKIPPED = /^(?:\..*|node_modules|vendor|dist|build|target|venv|__pycache__|tests?|spec|coverage)$/;
const MAX_FILES = 2000;
const MAX_BYTES = 512 * 1024;

/** A path that the sources answer readiness at, such as `/healthz`; null where none is mentioned. */
export async function findReadiness(root: string): Promise<string | null> {
  const found = new Map<string, string>();
  for await (const file of sources(root)) {
    const text = await readFile(file, 'utf8');
    for (const [name, path] of mentioned(text)) if (!found.has(name)) found.set(name, path);
    if (found.has(PATHS[0]!)) break;
  }
  const best = PATHS.find((name) => found.has(name));
  return best === undefined ? null : found.get(best)!;
}

/**
 * Quoted paths, with the slash at the end that some frameworks want. Without one at the beginning (Django) only names that
 * mean nothing else are taken.
 */
function* mentioned(text: string): Generator<[name: string, path: string]> {
  const quoted =
    /(["'`])(?:(?:GET )?\/(healthz?|readyz?|up|_health|livez)|(healthz|readyz|_health|livez))(\/?)\1/g;
  for (const [, , rooted, bare, slash] of text.matchAll(quoted)) {
    const name = (rooted ?? bare)!;
    yield [name, `/${name}${slash}`];
  }
}

async function* sources(root: string): AsyncGenerator<string> {
  const folders = [root];
  let seen = 0;
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    for (const entry of (await readdir(folder, { withFileTypes: true })).toSorted((a, b) =>
      a.name.localeCompare(b.name),
    )) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !SKIPPED.test(entry.name)) folders.push(path);
      if (!entry.isFile() || !SOURCE.test(entry.name) || (await stat(path)).size > MAX_BYTES) continue;
      if (++seen > MAX_FILES) return;
      yield path;
    }
  }
}
