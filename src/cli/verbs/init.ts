import type { Verb } from '../commands/command.ts';
import { initProject } from '../init/index.ts';

export const run: Verb['run'] = async ({ positionals, output }) => {
  const { path, detected, text } = await initProject(positionals[0] ?? '.');
  output.line(`Wrote ${path}: ${detected.because ?? 'nothing here says how to run it, so complete it'}`);
  output.line();
  output.stdout.write(text);
  output.line();
  if (process.getuid?.() === 0) {
    output.line('You are root: add the line `user: NAME`, whom it should run as, or `user: root`.');
  }
  output.line('Next: teal explain shows the plan, teal up starts Teal, teal deploy releases.');
  return 0;
};
