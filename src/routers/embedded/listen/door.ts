import type { Colour } from '../../../core/model.ts';
import type { Service } from '../table/service.ts';
import type { Admission } from './admission.ts';

/** What one listener leads to. */
export interface Door {
  /** The service for this host (without port) and path; null: none. */
  find(host: string, path: string): Service | null;
  /** The port on which what is asked for is served by HTTPS, where this listener only sends there; null: it does not. */
  redirect(host: string, path: string): number | null;
  /** What answers a certificate authority that asks here whose the host is; null: none does. */
  challenge(host: string, path: string): string | null;
  /** Who may connect, and how; null: everybody. */
  admission(): Admission | null;
  /** Everything that comes in here reaches this environment; null: the table decides. */
  readonly preview: Colour | null;
}
