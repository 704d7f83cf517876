import { z } from 'zod';
import type { MetricFamily } from '../../core/traffic/metric-family.ts';
import { checked } from '../checked.ts';
import { eventFeed } from '../events/event-stream.ts';
import { stream } from '../events/streams.ts';
import { openApi } from '../openapi.ts';
import type { ApiParts } from '../parts.ts';
import { prometheusText } from '../prometheus.ts';
import { json, type Route, route } from '../route.ts';
import { health, storedEvent } from '../schema.ts';
import { serviceStatus } from '../status/service.ts';
import { viewOf } from './services.ts';

const id = z.coerce.number().int().min(0);

/** What is about the daemon itself. `routes` gives the whole table, for its own description. */
export const daemonRoutes = (routes: () => readonly Route[]): readonly Route[] => [
  route({
    method: 'get',
    path: '/events',
    id: 'streamEvents',
    summary: 'Events as they happen; resumes after `Last-Event-ID` or `after`',
    query: z.object({ service: z.string().optional(), after: id.optional() }),
    answer: { type: 'text/event-stream', data: storedEvent },
    errors: ['E_API_INPUT'],
    handle: ({ query, headers, signal }, { journal }) => {
      const last = headers.get('last-event-id');
      const after = last === null ? (query.after ?? null) : checked(id, last, 'Last-Event-ID');
      return stream(
        'text/event-stream',
        (inner) => eventFeed({ journal, service: query.service ?? null, after, signal: inner }),
        signal,
      );
    },
  }),
  route({
    method: 'get',
    path: '/healthz',
    id: 'getHealth',
    summary: 'The daemon is there',
    answer: json(health),
    errors: [],
    handle: (_input, { version, home }) => ({ ok: true, version, pid: process.pid, home: home.root }),
  }),
  route({
    method: 'get',
    path: '/metrics',
    id: 'getMetrics',
    summary: 'Metrics of the daemon and the router for Prometheus',
    answer: { type: 'text/plain' },
    errors: [],
    handle: async (_input, parts) => {
      const { controller, clock, journal } = parts;
      const services = controller.services().map((name) => serviceStatus(viewOf(parts, name), clock.now()));
      return new Response(prometheusText(services, journal.size(), await measured(parts)), {
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      });
    },
  }),
  route({
    method: 'get',
    path: '/openapi.json',
    id: 'getOpenApi',
    summary: 'This description',
    answer: json(z.record(z.string(), z.unknown())),
    errors: [],
    handle: (_input, { version }) => openApi(routes(), version),
  }),
  route({
    method: 'get',
    path: '/schema.json',
    id: 'getSpecSchema',
    summary: 'JSON Schema of teal.yaml',
    answer: json(z.record(z.string(), z.unknown())),
    errors: [],
    handle: (_input, { specSchema }) => specSchema(),
  }),
];

/** A router that is away is no reason to say nothing of the daemon: null then. */
async function measured({ router, log }: ApiParts): Promise<readonly MetricFamily[] | null> {
  try {
    return await router.metrics();
  } catch (error) {
    log.debug({ err: error }, 'the router does not tell its metrics');
    return null;
  }
}
