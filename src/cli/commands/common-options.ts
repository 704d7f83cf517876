/** What several commands take. */
import type { Argument, Option } from './command.ts';

export const json: Option = { summary: 'print the API’s JSON' };

export const file: Argument = {
  name: 'file',
  kind: 'file',
  required: false,
  summary: 'the file, or the folder with a teal.yaml (default: here)',
};
