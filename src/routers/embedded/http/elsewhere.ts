import type { Door } from '../listen/door.ts';
import type { OwnAnswer } from './answer.ts';
import type { Destination } from './strict.ts';

/** The port that `https` means where none is written. */
const HTTPS = 443;

/**
 * The answer to a request for which no service is behind this door: to a certificate authority's challenge, where it is
 * served by HTTPS, or that it is served nowhere. 308 keeps method and body (RFC 9110, 15.4.9), so one status is right for every method.
 */
export function elsewhere(door: Door, { authority, host, path }: Destination): OwnAnswer {
  const challenge = door.challenge(host, path);
  if (challenge !== null) return { status: 200, message: challenge, verbatim: true };
  const port = door.redirect(host, path);
  if (port === null) return { status: 404, message: 'No service answers for this host and path.' };
  if (host === '')
    return { status: 400, message: 'Without a Host nobody knows where this is served by https.' };
  const name = authority.replace(/:\d+$/, '');
  const location = `https://${name}${port === HTTPS ? '' : `:${port}`}${path}`;
  return { status: 308, message: 'This is served by https.', headers: ['Location', location] };
}
