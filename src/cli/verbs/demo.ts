import type { Verb } from '../commands/command.ts';
import { showDemo } from '../demo/show.ts';

export const run: Verb['run'] = ({ options, output }) => showDemo(output, options.keep === true);
