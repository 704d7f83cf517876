import { type Colour, other } from '../../../core/model.ts';
import type { Routing } from '../../../core/world.ts';

/** What of a routing decides who may answer for whom. */
export type StandInRule = Pick<Routing, 'skew' | 'candidate' | 'split' | 'releases'>;

/**
 * The environment that may have what this one says it has not; null: none. A candidate that has no share (any more) is
 * never asked, whatever the table says besides: the router itself may have sent everybody to stable.
 */
export function standInFor({ skew, candidate, split, releases }: StandInRule, asked: Colour): Colour | null {
  const colour = other(asked);
  if (skew === null || !skew.standIns.includes(colour)) return null;
  if (colour === candidate && split[colour] === 0) return null;
  return releases[colour] === null || releases[colour] === releases[asked] ? null : colour;
}

/** Whether the stand-in has not got it either: the client hears what its own environment said. */
export const isNoHelp = (status: number): boolean => status === 404 || status === 410 || status >= 500;

/** Only these methods may be asked twice, of two releases. */
export const mayBeAskedElsewhere = (method: string | undefined): boolean =>
  method === 'GET' || method === 'HEAD';

/** What the client hears where no release has it. */
export const NOWHERE = { status: 404, message: 'No release in service has this file.' } as const;
