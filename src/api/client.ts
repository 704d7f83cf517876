import type { TealErrorJson } from '../core/error.ts';
import { TealError } from '../core/error.ts';
import type { Home } from '../system/home.ts';
import { type EventsOptions, eventStream } from './client/events.ts';
import { lines } from './client/lines.ts';
import { type ApiRequest, exchange, readAll } from './client/request.ts';
import type { EventStatus } from './schema.ts';

export type { EventsOptions } from './client/events.ts';

/**
 * The daemon's API over its Unix socket. Everything rejects with E_DAEMON_UNREACHABLE (exit code 6) when no daemon
 * answers, and with the daemon's own {@link TealError} when it refuses. Types come from `api/schema.ts`, paths from
 * docs/api.md. Loads neither zod nor hono: the command line must start fast.
 */
export interface ApiClient {
  /** `path` with its query, e.g. `/api/v1/services`. */
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  post<T>(path: string, body?: unknown, signal?: AbortSignal): Promise<T>;
  /** Objects of an NDJSON answer as they come. A line `{"error": ...}` rejects with that error. POST where there is a body. */
  stream<T>(path: string, options?: StreamOptions): AsyncGenerator<T, void, void>;
  /** Events as they happen; see {@link EventsOptions}. Survives a restart of the daemon without losing one. */
  events(options: EventsOptions): AsyncGenerator<EventStatus, void, void>;
}

export interface StreamOptions {
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Opens nothing until it is asked something; holds no connection open between calls. */
export function apiClient(home: Pick<Home, 'apiSocket'>): ApiClient {
  const ask = async <T>(request: ApiRequest): Promise<T> => {
    const answer = await exchange(home.apiSocket, request);
    return JSON.parse(await readAll(answer)) as T;
  };
  return {
    get: (path, signal) => ask({ method: 'GET', path, accept: 'application/json', signal }),
    post: (path, body = {}, signal) =>
      ask({ method: 'POST', path, accept: 'application/json', body, signal }),
    async *stream<T>(path: string, { body, signal }: StreamOptions = {}) {
      const method = body === undefined ? 'GET' : 'POST';
      const answer = await exchange(home.apiSocket, {
        method,
        path,
        accept: 'application/x-ndjson',
        body,
        signal,
      });
      for await (const line of lines(answer)) {
        if (line === '') continue;
        const value = JSON.parse(line) as T & { readonly error?: TealErrorJson };
        if (value.error !== undefined) throw TealError.fromJSON(value.error);
        yield value;
      }
    },
    events: (options) => eventStream(home.apiSocket, options),
  };
}
