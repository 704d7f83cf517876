import type { Verb } from '../commands/command.ts';
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { zshCompletion } from '../completion/zsh.ts';

const SHELLS: Readonly<Record<string, () => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

export const run: Verb['run'] = async ({ positionals, output }) => {
  output.stdout.write(SHELLS[positionals[0]!]!());
  return 0;
};
