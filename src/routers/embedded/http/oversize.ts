import type { IncomingHttpHeaders } from 'node:http';
import type { RequestLimits } from '../../../core/service/http-spec.ts';
import { type OwnAnswer, TOO_LARGE } from './answer.ts';

/** A head, whichever transport has read it. */
export interface SizedHead {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly rawHeaders: readonly string[];
  readonly headers: Pick<IncomingHttpHeaders, 'content-length'>;
}

/** What a request with this head is refused with, as more than the service takes; null: it is not. */
export function oversize(req: SizedHead, limits: RequestLimits): OwnAnswer | null {
  if ((req.url ?? '').length > limits.url) {
    return { status: 414, message: 'The address of the request is longer than this service takes.' };
  }
  if (req.rawHeaders.length > 2 * limits.headerLines) {
    return { status: 431, message: 'The request has more header lines than this service takes.' };
  }
  if (headSize(req) > limits.headerSize) {
    return { status: 431, message: 'The head of the request is larger than this service takes.' };
  }
  return limits.body !== null && Number(req.headers['content-length'] ?? 0) > limits.body ? TOO_LARGE : null;
}

/** What stands around method, target and lines. */
const FRAME = '  HTTP/1.1\r\n\r\n'.length;

/** As it came, but for spaces around values. */
function headSize({ method, url, rawHeaders }: SizedHead): number {
  let size = (method ?? '').length + (url ?? '').length + FRAME;
  for (const part of rawHeaders) size += part.length + 2;
  return size;
}
