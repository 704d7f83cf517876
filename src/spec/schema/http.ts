import { z } from 'zod';
import { HTTP_DEFAULTS, MOST_HEADER_LINES, MOST_HEADER_SIZE } from '../../core/service/http-spec.ts';
import { formatDuration, formatSize } from '../units.ts';
import { described, duration, oneOf, section, share, size, text, time } from './helpers.ts';

const defaults = HTTP_DEFAULTS.limits;
const none = z.literal('none');

const count = (what: string, fallback: number | 'none' | null) =>
  described(oneOf('a number, or none', z.int().min(1, 'must be at least 1'), none), {
    description: what,
    default: fallback,
  });

/** What the router refuses before an instance sees it. */
export const limits = section({
  'header-size': size(
    { least: 1024, most: MOST_HEADER_SIZE },
    {
      description: 'Request line and header lines; more is answered 431.',
      default: formatSize(defaults.headerSize),
    },
  ).optional(),
  'header-lines': described(
    z.int().min(1, 'must be at least 1').max(MOST_HEADER_LINES, `must be at most ${MOST_HEADER_LINES}`),
    { description: 'Header lines; more are answered 431.', default: defaults.headerLines },
  ).optional(),
  url: size(
    { least: 1, most: MOST_HEADER_SIZE },
    { description: 'Path and query; longer is answered 414.', default: formatSize(defaults.url) },
  ).optional(),
  body: described(
    oneOf('a size such as 100M, or none', size({ least: 0 }, { description: 'Bytes.' }), none),
    {
      description: 'Body of a request; a larger one is answered 413.',
      default: formatSize(defaults.body!),
    },
  ).optional(),
  time: described(oneOf('a duration, or none', time({ description: 'A duration.' }), none), {
    description: 'From the head of a request to the end of its answer. Event streams and WebSocket are free.',
    default: formatDuration(defaults.time!),
  }).optional(),
  requests: count('Requests on one connection, which is closed then.', defaults.requests).optional(),
  connections: count('Connections of one address at the same time.', defaults.connections).optional(),
  concurrency: count(
    'Requests at the same time on one instance; as many more wait a second at most, others are answered 503.',
    'none',
  ).optional(),
}).meta({ id: 'limits', description: 'What one request, one connection and one client may ask for.' });

const page = text('E_SPEC_VALUE', (input) => {
  const inside = input !== '' && !input.startsWith('/') && !input.split('/').includes('..');
  return inside ? { value: input } : 'expected a path within the release, such as public/error.html';
});

/** How the router speaks HTTP for the service. */
export const http = section({
  trace: described(z.boolean(), {
    description: 'Begin a trace (traceparent, marked as sampled) where the client brings none.',
    default: HTTP_DEFAULTS.trace,
  }).optional(),
  via: described(z.boolean(), {
    description: 'Add Via in both directions.',
    default: HTTP_DEFAULTS.via,
  }).optional(),
  'access-log': described(
    oneOf('a share of the requests such as 1%, or off', share({ description: 'A share.' }), z.literal('off')),
    {
      description: 'Share of requests that are written to the access log, as lines of JSON.',
      default: 'off',
      examples: ['1%', '100%'],
    },
  ).optional(),
  'slow-start': duration({
    description:
      'An instance that has become healthy while others are warm gets its whole share after this long.',
    default: formatDuration(HTTP_DEFAULTS.slowStart),
  }).optional(),
  protocol: described(z.enum(['http/1.1', 'h2c']), {
    description:
      'What instances speak. h2c is HTTP/2 without TLS, as gRPC wants it; ready: is asked by it, too.',
    default: HTTP_DEFAULTS.protocol!,
  }).optional(),
  'error-page': described(page, {
    description:
      "HTML page of the router's own answers, a file in the release; {{status}}, {{message}} and {{request}} are filled in.",
    examples: ['public/error.html'],
  }).optional(),
}).meta({ id: 'http', description: 'How the router speaks HTTP for the service.' });

export type FileLimits = z.output<typeof limits>;
export type FileHttp = z.output<typeof http>;
