// What the scripts share: the project's folder, Node 24, and its dependencies installed. Plain JavaScript that runs
// under Node 20, before anything is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNode24, NodeMissing } from '../bin/node24.js';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs `body` with the path of a Node 24 and makes its result the exit code; a missing one is a clear message. */
export function withNode24(body) {
  try {
    process.exitCode = body(findNode24());
  } catch (error) {
    if (!(error instanceof NodeMissing)) throw error;
    process.stderr.write(`Error: ${error.message}\n\n  ${error.fix}\n`);
    process.exitCode = 1;
  }
}

/** The environment in which `node` is Node 24 for everything started below, too. */
export const environment = (node) => ({
  ...process.env,
  PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`,
});

/** Runs Node 24 with `args` in the project, in the foreground. Returns its exit code. */
export function runNode(node, args, options = {}) {
  const { status, error } = spawnSync(node, args, {
    cwd: root,
    stdio: 'inherit',
    env: environment(node),
    ...options,
  });
  if (error) throw error;
  return status ?? 1;
}

/** Paths of the tools' entries below node_modules. */
export const tools = {
  biome: join('node_modules', '@biomejs', 'biome', 'bin', 'biome'),
  tsc: join('node_modules', 'typescript', 'bin', 'tsc'),
  vitest: join('node_modules', 'vitest', 'vitest.mjs'),
};

/** Installs the dependencies unless node_modules is what package-lock.json says. Returns the exit code of npm. */
export function installWhatIsMissing(node) {
  if (isInstalled()) return 0;
  process.stderr.write('Installing dependencies (npm install) ...\n');
  // Not `npm ci`: that refuses a lock file which lacks the binaries of other platforms, as one written on a registry
  // with only some of them does. Versions and digests come from the lock file all the same.
  const args = ['install', '--no-save', '--no-audit', '--no-fund'];
  const npm = npmEntry();
  // npm itself under Node 24 as well, so that the packages' "engines" are met.
  if (npm) return runNode(node, [npm, ...args]);
  const { status, error } = spawnSync('npm', args, { cwd: root, stdio: 'inherit', env: environment(node) });
  if (error) {
    throw new NodeMissing(`Cannot run npm: ${error.message}`, 'Install npm and run the command again.');
  }
  return status ?? 1;
}

/** Whether node_modules holds what package-lock.json asks for on this machine. */
function isInstalled() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(installed, 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const has = present[path];
    if (!has) return entry.optional === true;
    return has.version === entry.version && has.integrity === entry.integrity && existsSync(join(root, path));
  });
}

/** npm's own JavaScript: what runs this script, else what `npm` in the PATH leads to; null where that is no script. */
function npmEntry() {
  const candidates = [
    process.env.npm_execpath,
    ...(process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'npm')),
  ];
  for (const candidate of candidates) {
    if (!candidate || !existsSync(candidate)) continue;
    const entry = realpathSync(candidate);
    return entry.endsWith('npm-cli.js') ? entry : null;
  }
  return null;
}
