import { TealError } from '../../core/error.ts';
import type { Verb } from '../commands/command.ts';

export const run: Verb['run'] = async () => {
  throw new TealError('E_NOT_YET', 'The dashboard comes with a later version of Teal', {
    fix: 'Until then, teal status --watch shows everything live.',
  });
};
