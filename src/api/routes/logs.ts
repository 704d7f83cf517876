import { z } from 'zod';
import { COLOURS, type Colour } from '../../core/model.ts';
import type { LogLine } from '../../core/ports.ts';
import { channel, ndjson } from '../events/streams.ts';
import type { ApiParts } from '../parts.ts';
import { shown } from '../problems.ts';
import { type Route, route } from '../route.ts';
import { colour, logLine } from '../schema.ts';
import { viewOf } from './services.ts';

const flag = z
  .enum(['true', 'false', ''])
  .default('false')
  .transform((text) => text !== 'false');

export const logRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/services/{name}/logs',
    id: 'getLogs',
    summary: 'What its instances print; goes on with `follow`',
    query: z.object({
      tail: z.coerce.number().int().min(0).max(100_000).default(100),
      follow: flag,
      environment: colour.optional(),
    }),
    answer: { type: 'application/x-ndjson', lines: logLine },
    errors: ['E_SERVICE_UNKNOWN'],
    handle: ({ params, query, signal }, parts) => {
      const { state } = viewOf(parts, params.name!);
      const { tail, follow, environment } = query;
      const colours = environment === undefined ? COLOURS : [environment];
      return ndjson(
        (inner) => logsOf(parts, state.service, colours, { tail, follow, signal: inner }),
        shown,
        signal,
      );
    },
  }),
];

/** Of several environments in the order in which lines come. */
function logsOf(
  { platform }: ApiParts,
  service: string,
  colours: readonly Colour[],
  options: { readonly tail: number; readonly follow: boolean; readonly signal: AbortSignal },
): AsyncIterable<LogLine> {
  const lines = channel<LogLine>();
  const read = async (one: Colour) => {
    for await (const line of platform.logs(service, one, options)) lines.push(line);
  };
  options.signal.addEventListener('abort', () => lines.end(), { once: true });
  Promise.all(colours.map(read)).then(
    () => lines.end(),
    (error: unknown) => lines.fail(error),
  );
  return lines;
}
