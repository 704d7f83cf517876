#!/usr/bin/env node
// The entry of the command line. Plain JavaScript that Node 18 can parse: with Node 24 it goes straight on, with Node
// 20 to 23 it runs itself again with a Node 24 from the cache, with anything older it says what is missing.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, findNode24, NEEDED, NodeMissing, runningMajor } from './node24.js';

const bin = fileURLToPath(import.meta.url);

if (runningMajor >= NEEDED) {
  await start();
} else {
  runAgain();
}

async function start() {
  // Node's built-in SQLite is marked experimental; users can do nothing about that.
  const emitWarning = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    const type = typeof rest[0] === 'object' && rest[0] !== null ? rest[0].type : rest[0];
    if (type !== 'ExperimentalWarning') emitWarning.call(process, warning, ...rest);
  };
  keepCompiled();
  // A checkout runs its sources, so that a dist/ of yesterday cannot surprise; the published package has only dist/
  // (and Node strips no types inside node_modules).
  const source = new URL('../src/cli/main.ts', import.meta.url);
  const built = new URL('../dist/cli/main.js', import.meta.url);
  const fromSource = existsSync(source) && !bin.split(/[\\/]/).includes('node_modules');
  const { main } = await import((fromSource ? source : built).href);
  process.exitCode = await main(process.argv.slice(2));
}

/**
 * In a folder of the user's own, since whoever can write there decides what runs: Node's default is one below /tmp, which anybody may
 * make first. Where it cannot be written to, everything is compiled each time.
 */
function keepCompiled() {
  let folder = process.env.NODE_COMPILE_CACHE;
  try {
    folder ||= join(cacheFolder(), 'compiled');
  } catch {
    return; // a user without a home: there is no such folder
  }
  nodeModule.enableCompileCache?.(folder);
}

function runAgain() {
  let node;
  try {
    node = findNode24();
  } catch (error) {
    if (!(error instanceof NodeMissing)) throw error;
    process.stderr.write(`Error: ${error.message}\n\n  ${error.fix}\n\n  E_NODE_TOO_OLD\n`);
    process.exitCode = 1;
    return;
  }
  if (process.argv.includes('--debug')) {
    process.stderr.write(`Node ${process.version} is older than ${NEEDED}: going on with ${node}\n`);
  }
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', bin, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  // A terminal sends its Ctrl-C to both of us already.
  const forwarded = process.stdin.isTTY ? ['SIGTERM', 'SIGHUP'] : ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'];
  for (const signal of forwarded) process.on(signal, () => child.kill(signal));
  if (process.stdin.isTTY) for (const signal of ['SIGINT', 'SIGQUIT']) process.on(signal, () => undefined);
  child.on('error', (error) => {
    process.stderr.write(`Error: Cannot run ${node}: ${error.message}\n\n  E_NODE_TOO_OLD\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code ?? 1;
      return;
    }
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
