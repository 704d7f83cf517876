import type { z } from 'zod';
import type { ApiParts } from './parts.ts';

/** What a handler gets: everything validated. */
export interface RouteInput<Query, Body> {
  /** Placeholders of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly headers: Headers;
  /** Aborts when the caller is gone or the daemon ends. */
  readonly signal: AbortSignal;
}

/** A JSON value of the route's `answer`, or a whole response for streams and text. */
export type RouteAnswer = object | Response;

/**
 * One route: the single source of what is served, validated and described. `path` as OpenAPI writes it. Errors that
 * every route may have (bad input, internal) are not repeated.
 */
export interface Route {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly answer: Answer;
  /** Codes that it may refuse with. */
  readonly errors: readonly string[];
  readonly handle: (
    input: RouteInput<unknown, unknown>,
    parts: ApiParts,
  ) => RouteAnswer | Promise<RouteAnswer>;
}

export type Answer =
  | { readonly type: 'application/json'; readonly schema: z.ZodType }
  /** A JSON answer, or with `Accept: application/x-ndjson` a line for each step. */
  | { readonly type: 'json-or-ndjson'; readonly schema: z.ZodType; readonly lines: z.ZodType }
  | { readonly type: 'application/x-ndjson'; readonly lines: z.ZodType }
  | { readonly type: 'text/event-stream'; readonly data: z.ZodType }
  | { readonly type: 'text/plain' };

/** Typed by its schemas: the handler sees what they let through. */
export function route<Query extends z.ZodType, Body extends z.ZodType>(
  definition: Omit<Route, 'query' | 'body' | 'handle'> & {
    readonly query?: Query;
    readonly body?: Body;
    readonly handle: (
      input: RouteInput<z.output<Query>, z.output<Body>>,
      parts: ApiParts,
    ) => RouteAnswer | Promise<RouteAnswer>;
  },
): Route {
  return definition as Route;
}

export const json = (schema: z.ZodType): Answer => ({ type: 'application/json', schema });
