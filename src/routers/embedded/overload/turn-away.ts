import { PREVIEW_HEADER, previewOf } from '../clients/preview.ts';
import type { ReadHeader } from '../clients/read-header.ts';
import type { OwnAnswer } from '../http/answer.ts';
import type { Service } from '../table/service.ts';
import type { Admission } from './admission.ts';
import { OVERLOADED } from './busy.ts';

/**
 * What the client hears whom the router has no time for; null: it is let in. To be asked before anything is made for the request, since it is worth refusing
 * somebody only if that costs little. Previews, by their header or by `preview` listeners, are let in.
 */
export function turnAway(
  admission: Admission,
  service: Service,
  header: ReadHeader,
  preview: boolean,
): OwnAnswer | null {
  if (preview || !admission.refuses()) return null;
  if (previewOf(header(PREVIEW_HEADER), service.routing) !== null) return null;
  service.counts.overloaded += 1;
  return { ...OVERLOADED, page: service.page };
}
