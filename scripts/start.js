// npm start: installs what is missing, then shows the demo.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { environment, installWhatIsMissing, root, withNode24 } from './project.js';

withNode24((node) => {
  const failed = installWhatIsMissing(node);
  if (failed) return failed;
  // Not spawnSync: while that waits, Ctrl-C would end this script before the demo has tidied up.
  const demo = spawn(node, [join(root, 'bin', 'teal.js'), 'demo', ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
    env: environment(node),
  });
  // A terminal sends its Ctrl-C to the demo as well.
  for (const signal of ['SIGINT', 'SIGQUIT'])
    process.on(signal, () => process.stdin.isTTY || demo.kill(signal));
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => demo.kill(signal));
  demo.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
  return 0;
});
