import { z } from 'zod';
import type { Answer, Route } from './route.ts';
import * as schemas from './schema.ts';

type Json = Record<string, unknown>;

const NAMES: ReadonlyMap<z.ZodType, string> = new Map<z.ZodType, string>([
  [schemas.service, 'Service'],
  [schemas.history, 'History'],
  [schemas.rolloutDetail, 'RolloutDetail'],
  [schemas.preview, 'Preview'],
  [schemas.health, 'Health'],
  [schemas.storedEvent, 'Event'],
  [schemas.logLine, 'LogLine'],
  [schemas.deployProgress, 'DeployProgress'],
  [schemas.deployRequest, 'DeployRequest'],
  [schemas.commandRequest, 'CommandRequest'],
  [schemas.rollbackRequest, 'RollbackRequest'],
  [schemas.commandAnswer, 'CommandAnswer'],
  [schemas.problem, 'Problem'],
]);
const REQUESTS: readonly z.ZodType[] = [
  schemas.deployRequest,
  schemas.commandRequest,
  schemas.rollbackRequest,
];

/** The OpenAPI 3.1 document of these routes. */
export function openApi(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) paths[route.path] = { ...paths[route.path], [route.method]: operation(route) };
  const named = [...NAMES].map(([schema, name]) => [name, plain(schema, REQUESTS.includes(schema))] as const);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Teal',
      version,
      description: 'Releases new versions of a running service and takes them back before users notice.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://teal', description: 'The Unix socket teal.sock in TEAL_HOME' }],
    paths,
    components: { schemas: Object.fromEntries(named) },
  };
}

function operation(route: Route): Json {
  const errors = ['E_API_INPUT', ...route.errors, 'E_INTERNAL'];
  return {
    operationId: route.id,
    summary: route.summary,
    parameters: [...pathParameters(route.path), ...queryParameters(route.query)],
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: ref(route.body) } } } }),
    responses: {
      200: { description: route.summary, content: content(route.answer) },
      default: {
        description: `Refused, with a code: ${[...new Set(errors)].join(', ')} or one that the message explains`,
        content: { 'application/json': { schema: ref(schemas.problem) } },
      },
    },
  };
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(query: z.ZodType | undefined): Json[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = plain(query, true) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function content(answer: Answer): Json {
  switch (answer.type) {
    case 'application/json':
      return { 'application/json': { schema: ref(answer.schema) } };
    case 'json-or-ndjson':
      return {
        'application/json': { schema: ref(answer.schema) },
        'application/x-ndjson': { schema: ref(answer.lines) },
      };
    case 'application/x-ndjson':
      return { 'application/x-ndjson': { schema: ref(answer.lines) } };
    case 'text/event-stream':
      return { 'text/event-stream': { schema: ref(answer.data) } };
    case 'text/plain':
      return { 'text/plain': { schema: { type: 'string' } } };
  }
}

function ref(schema: z.ZodType): Json {
  const name = NAMES.get(schema);
  if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
  if (schema instanceof z.ZodArray) return { type: 'array', items: ref(schema.element as z.ZodType) };
  return plain(schema, false);
}

function plain(schema: z.ZodType, input: boolean): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: input ? 'input' : 'output' });
  return rest;
}
