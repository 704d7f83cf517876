import type { PaceStatus } from '../../api/schema.ts';
import type { Painter } from '../terminal/paint.ts';
import { bar } from './bars.ts';
import { perSecond, rate, share } from './format.ts';

/** How far the harm budget lets the candidate go, and what that follows from, in one line. */
export function paceLines(pace: PaceStatus | null, paint: Painter): string[] {
  if (pace === null) return [];
  const { allowed, upper, clientsPerSecond } = pace;
  if (allowed === null || clientsPerSecond === null) return ['  budget     the clients are being counted'];
  const shown = paint('cyan', bar(allowed / 10_000, 12));
  const why = `at most ${rate(upper)} hurt, of ${perSecond(clientsPerSecond)} a second`;
  return [`  budget     allows ${shown} ${share(allowed).padStart(7)}   ${paint('dim', why)}`];
}
