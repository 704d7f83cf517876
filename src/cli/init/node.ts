import { TealError } from '../../core/error.ts';
import type { Detector, Project } from './project.ts';

interface Manifest {
  readonly name?: string;
  readonly main?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const ENTRIES = [
  'server.js',
  'server.mjs',
  'index.js',
  'index.mjs',
  'app.js',
  'src/server.js',
  'src/index.js',
];

/** package.json with a start script, a main file, or one of the usual entries; or such an entry alone. */
export const detectNode: Detector = async (project) => {
  const text = await project.read('package.json');
  if (text === null) {
    const entry = await project.firstOf('server.js', 'server.mjs');
    return entry === null
      ? null
      : { kind: 'node', because: entry, run: `node ${entry}`, build: null, notes: [] };
  }
  const manifest = parseManifest(text);
  const start = manifest.scripts?.start;
  const build = await nodeBuild(project, text);
  const common = { kind: 'node', name: manifest.name?.replace(/^@[^/]*\//, ''), build, notes: [] } as const;
  if (start !== undefined) {
    return {
      ...common,
      because: 'package.json with a start script',
      run: startCommand(start, await manager(project)),
    };
  }
  const main = manifest.main !== undefined && (await project.has(manifest.main)) ? manifest.main : null;
  const entry = main ?? (await project.firstOf(...ENTRIES));
  return entry === null ? null : { ...common, because: `package.json and ${entry}`, run: `node ${entry}` };
};

/** A plain `node file.js` needs no package manager in between, which would only stand in the way of signals. */
function startCommand(script: string, manager: string): string {
  return /^node( [\w./@=:-]+)+$/.test(script) ? script : `${manager} start`;
}

/** How dependencies come into a release, and the project's own build; null where there is neither. */
export async function nodeBuild(project: Project, manifestText: string): Promise<string | null> {
  const manifest = parseManifest(manifestText);
  const builds = manifest.scripts?.build !== undefined;
  const installs = builds || Object.keys(manifest.dependencies ?? {}).length > 0;
  if (!installs) return null;
  const by = await manager(project);
  return builds ? `${await install(project, by, true)} && ${by} run build` : install(project, by, false);
}

async function install(project: Project, by: string, withTools: boolean): Promise<string> {
  if (by !== 'npm') return `${by} install --frozen-lockfile`;
  const locked = await project.firstOf('package-lock.json', 'npm-shrinkwrap.json');
  return `npm ${locked ? 'ci' : 'install'}${withTools ? '' : ' --omit=dev'}`;
}

async function manager(project: Project): Promise<'npm' | 'pnpm' | 'yarn'> {
  if (await project.has('pnpm-lock.yaml')) return 'pnpm';
  return (await project.has('yarn.lock')) ? 'yarn' : 'npm';
}

function parseManifest(text: string): Manifest {
  try {
    return JSON.parse(text) as Manifest;
  } catch (error) {
    throw new TealError('E_INIT_UNREADABLE', 'package.json is not JSON', {
      why: error instanceof Error ? error.message : String(error),
      fix: 'Correct package.json and run `teal init` again.',
      cause: error,
      exitCode: 2,
    });
  }
}
