import { headerOf, introductionOf, requestHead } from '../http/head.ts';
import type { Visit } from '../visit/visit.ts';
import type { ClientRequest } from './client-end.ts';
import type { ErrandRequest } from './errand.ts';

/** A client's request as an instance is to hear it. */
export function asErrand(
  { method, authority, path, lines }: ClientRequest,
  body: ErrandRequest['body'],
  visit: Visit,
): ErrandRequest {
  const head = requestHead(lines, authority, introductionOf(visit), body === 'open');
  const te = headerOf(lines, 'te');
  const takesTrailers = te !== null && /\btrailers\b/i.test(te);
  return { method, authority, path, lines: head, body, takesTrailers };
}
