import { HTTP_DEFAULTS, type HttpSpec } from '../../core/service/http-spec.ts';
import type { FileHttp, FileLimits } from '../schema/http.ts';

/** Defaults filled in; `none` is null. */
export function normaliseHttp(limits: FileLimits = {}, http: FileHttp = {}): HttpSpec {
  const defaults = HTTP_DEFAULTS.limits;
  return {
    limits: {
      headerSize: limits['header-size'] ?? defaults.headerSize,
      headerLines: limits['header-lines'] ?? defaults.headerLines,
      url: limits.url ?? defaults.url,
      body: orNone(limits.body, defaults.body),
      time: orNone(limits.time, defaults.time),
      requests: orNone(limits.requests, defaults.requests),
      connections: orNone(limits.connections, defaults.connections),
      concurrency: orNone(limits.concurrency, defaults.concurrency),
    },
    trace: http.trace ?? HTTP_DEFAULTS.trace,
    via: http.via ?? HTTP_DEFAULTS.via,
    slowStart: http['slow-start'] ?? HTTP_DEFAULTS.slowStart,
    errorPage: http['error-page'] ?? HTTP_DEFAULTS.errorPage,
    protocol: http.protocol ?? HTTP_DEFAULTS.protocol,
    accessLog: http['access-log'] === 'off' ? 0 : (http['access-log'] ?? HTTP_DEFAULTS.accessLog),
  };
}

const orNone = (written: number | 'none' | undefined, fallback: number | null): number | null =>
  written === 'none' ? null : (written ?? fallback);
