// npm run build | check | format: installs what is missing, then runs the tool under Node 24.
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { installWhatIsMissing, root, runNode, tools, withNode24 } from './project.js';

const tasks = {
  build(node) {
    rmSync(join(root, 'dist'), { recursive: true, force: true });
    const failed = runNode(node, [tools.tsc, '-p', 'tsconfig.build.json']);
    if (failed) return failed;
    chmodSync(join(root, 'bin', 'teal.js'), 0o755);
    if (!existsSync(join(root, 'dist', 'cli', 'main.js'))) throw new Error('dist/cli/main.js is missing');
    return 0;
  },
  check: (node) => runNode(node, [tools.biome, 'check']) || runNode(node, [tools.tsc]),
  format: (node) => runNode(node, [tools.biome, 'check', '--write']),
};

const name = process.argv[2] ?? '';
if (!Object.hasOwn(tasks, name)) {
  process.stderr.write(`Usage: node scripts/run.js ${Object.keys(tasks).join(' | ')}\n`);
  process.exitCode = 2;
} else {
  withNode24((node) => installWhatIsMissing(node) || tasks[name](node));
}
