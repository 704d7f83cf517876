import type { Colour } from '../../../core/model.ts';
import type { Service } from '../table/service.ts';

/** What one listener leads to. */
export interface Door {
  /** The service for this host (without port) and path; null: none. */
  find(host: string, path: string): Service | null;
  /** Everything that comes in here reaches this environment; null: the table decides. */
  readonly preview: Colour | null;
}
