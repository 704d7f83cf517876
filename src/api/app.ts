import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { TealError } from '../core/error.ts';
import { checked } from './checked.ts';
import type { ApiParts } from './parts.ts';
import { shown, statusOf } from './problems.ts';
import type { Route } from './route.ts';
import { ROUTES } from './routes.ts';

/** Largest request body, bytes: a command is a few hundred. */
const BODY_LIMIT = 64 * 1024;

/** The API as a function from request to response. */
export function createApp(parts: ApiParts, routes: readonly Route[] = ROUTES): Hono {
  const app = new Hono();
  for (const route of routes) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1');
    app.on(route.method.toUpperCase(), path, (context) => serve(route, context, parts));
  }
  app.notFound((context) =>
    refuse(
      context,
      new TealError('E_API_NOT_FOUND', `There is nothing at ${context.req.method} ${context.req.path}`, {
        fix: 'GET /openapi.json lists what there is.',
      }),
    ),
  );
  app.onError((error, context) => {
    if (!(error instanceof TealError)) {
      parts.log.error({ err: error, method: context.req.method, path: context.req.path }, 'a request failed');
    }
    return refuse(context, shown(error));
  });
  return app;
}

async function serve(route: Route, context: Context, parts: ApiParts): Promise<Response> {
  const answer = await route.handle(
    {
      params: context.req.param(),
      query: route.query ? checked(route.query, context.req.query(), 'query') : undefined,
      body: route.body ? checked(route.body, await bodyOf(context.req.raw), 'body') : undefined,
      headers: context.req.raw.headers,
      signal: AbortSignal.any([context.req.raw.signal, parts.ending]),
    },
    parts,
  );
  return answer instanceof Response ? answer : context.json(answer);
}

function refuse(context: Context, error: TealError): Response {
  return context.json(error.toJSON(), statusOf(error) as ContentfulStatusCode);
}

async function bodyOf(request: Request): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > BODY_LIMIT) {
      throw new TealError('E_API_TOO_LARGE', `The request's body is larger than ${BODY_LIMIT} bytes`);
    }
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new TealError('E_API_INPUT', "The request's body is no JSON", {
      why: (error as Error).message,
      exitCode: 2,
    });
  }
}
