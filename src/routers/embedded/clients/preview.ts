import { createHash, timingSafeEqual } from 'node:crypto';
import { type Colour, other } from '../../../core/model.ts';
import type { Routing } from '../../../core/world.ts';

/** Request header `x-teal-preview: <secret>:<candidate|blue|green>`; removed before an instance sees the request. */
export const PREVIEW_HEADER = 'x-teal-preview';

/** The environment that a preview header asks for; null where there is no header or its secret is wrong. */
export function previewOf(header: string | undefined, routing: Routing): Colour | null {
  if (header === undefined || routing.previewSecret === '') return null;
  const colon = header.lastIndexOf(':');
  if (colon < 0 || !sameSecret(header.slice(0, colon), routing.previewSecret)) return null;
  switch (header.slice(colon + 1)) {
    case 'candidate':
      return routing.candidate ?? other(routing.live);
    case 'blue':
      return 'blue';
    case 'green':
      return 'green';
    default:
      return null;
  }
}

/** In constant time whatever the lengths: compares digests. */
function sameSecret(given: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(right));
}
