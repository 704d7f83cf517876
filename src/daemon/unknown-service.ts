import { TealError } from '../core/error.ts';

/** E_SERVICE_UNKNOWN, with what there is. */
export function unknownService(service: string, known: readonly string[]): TealError {
  return new TealError('E_SERVICE_UNKNOWN', `There is no service "${service}"`, {
    why: known.length === 0 ? 'Nothing was deployed yet.' : `Known are: ${[...known].sort().join(', ')}.`,
    fix: known.length === 0 ? 'Deploy one with `teal deploy`.' : 'Check the name with `teal status`.',
    exitCode: 2,
  });
}
