import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { TealError } from '../core/error.ts';
import type { ServiceSpec } from '../core/service/service-spec.ts';
import { invalidSpec, placeFinding, readSpec } from './parse.ts';
import type { SpecError } from './problems/problem.ts';

/** A teal.yaml that was read and is valid. */
export interface SpecFile {
  /** Absolute. */
  readonly path: string;
  readonly services: readonly ServiceSpec[];
  readonly text: string;
}

/** The file's name where only a folder is given; the first that exists. */
export const SPEC_FILE_NAMES = ['teal.yaml', 'teal.yml'] as const;

/**
 * Reads a teal.yaml, or that of a folder. Rejects with E_SPEC_NOT_FOUND, E_SPEC_UNREADABLE, or E_SPEC_INVALID with all
 * errors, among them a `source` that is no folder.
 */
export async function loadSpecFile(path: string): Promise<SpecFile> {
  const file = await findSpecFile(resolve(path));
  const text = decode(await read(file), file);
  const { services, errors, document } = readSpec(text, file);
  const all = [...errors];
  const { data } = document;
  const several = typeof data === 'object' && data !== null && 'services' in data;
  for (const service of services) {
    if (await isFolder(service.source)) continue;
    const at = several ? ['services', service.service, 'source'] : ['source'];
    all.push(
      placeFinding(
        {
          code: 'E_SPEC_VALUE',
          path: at,
          at: 'value',
          message: `there is no folder ${service.source}`,
          suggestion: null,
        },
        document,
        file,
      ),
    );
  }
  if (all.length > 0) throw invalidSpec(all, text, file);
  return { path: file, services, text };
}

async function findSpecFile(path: string): Promise<string> {
  const found = await stat(path).catch(notThere);
  if (found?.isFile()) return path;
  if (found?.isDirectory()) {
    for (const name of SPEC_FILE_NAMES) {
      const file = join(path, name);
      if ((await stat(file).catch(notThere))?.isFile()) return file;
    }
  }
  throw new TealError('E_SPEC_NOT_FOUND', `There is no ${found ? 'teal.yaml in ' : ''}${path}`, {
    fix: 'Run `teal init` to write one, or name the file.',
    exitCode: 2,
  });
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new TealError('E_SPEC_UNREADABLE', `${file} cannot be read`, {
      why: error instanceof Error ? error.message : String(error),
      fix: 'Make it readable for the user who runs Teal.',
      cause: error,
      exitCode: 2,
    });
  }
}

/** The byte order mark stays, as the parser counts with it. */
function decode(bytes: Buffer, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const text = bytes.toString('utf8');
    throw invalidSpec([notUtf8(text, file)], text, file);
  }
}

/** The decoder put a replacement character where the first wrong byte was. */
function notUtf8(text: string, file: string): SpecError {
  const before = text.slice(0, text.indexOf('\ufffd')).split('\n');
  return {
    code: 'E_SPEC_YAML',
    file,
    line: before.length,
    column: before.at(-1)!.length + 1,
    message: 'the file is not UTF-8',
    suggestion: 'Save it as UTF-8.',
  };
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(notThere))?.isDirectory() ?? false;
}

function notThere(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
}
