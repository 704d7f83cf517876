import type { ServiceSpec } from '../../../core/service/service-spec.ts';
import type { FileService } from '../../schema/service.ts';
import type { Finding, Path } from '../problem.ts';

/** What cannot be together; its path is relative to the service. */
export type Conflict = Omit<Finding, 'code'>;

/** Looks at a service for one kind of conflict. */
export interface Rule {
  /** Keys that it looks at: where one of them is wrong by itself, the rule has nothing to say. */
  readonly keys: readonly (keyof FileService)[];
  find(spec: ServiceSpec, written: FileService): Conflict[];
}

/** A conflict at a key or at its value. */
export const conflict = (
  path: Path,
  message: string,
  suggestion: string,
  at: 'key' | 'value' = 'value',
): Conflict => ({
  path,
  at,
  message,
  suggestion,
});
