// npm run bench -- NAME: runs bench/NAME.ts under Node 24.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installWhatIsMissing, root, runNode, withNode24 } from './project.js';

const [name, ...args] = process.argv.slice(2);
const folder = join(root, 'bench');
const known = (existsSync(folder) ? readdirSync(folder) : [])
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -3));
if (name === undefined || !known.includes(name)) {
  process.stderr.write(`Usage: npm run bench -- NAME, with NAME one of: ${known.join(', ')}\n`);
  process.exitCode = 2;
} else {
  withNode24(
    (node) =>
      installWhatIsMissing(node) ||
      runNode(node, ['--disable-warning=ExperimentalWarning', join('bench', `${name}.ts`), ...args]),
  );
}
