import { Agent, request } from 'undici';
import { TealError } from '../../core/error.ts';
import { duration } from '../words.ts';
import type { HttpAnswer, HttpRequest } from './message.ts';

/** More than this is no page to check; reading on would only fill memory. */
const BODY_LIMIT = 8 * 1024 * 1024;

/** Sends requests; `close` drops every connection. */
export interface HttpSender {
  /**
   * Sends one request and reads its whole answer; redirects are answers. Rejects with E_HTTP_TIMEOUT,
   * E_HTTP_FAILED (nothing came, or not all of it) or E_HTTP_STOPPED.
   */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/**
 * Each request has a connection of its own, so that what one check finds never depends on what another left open,
 * and that a server which just closed an idle connection is not taken for a broken one.
 */
export function httpSender(): HttpSender {
  const agent = new Agent({ pipelining: 0, bodyTimeout: 0, headersTimeout: 0, connectTimeout: 0 });
  return {
    async send(message, signal) {
      const began = performance.now();
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(), message.timeout);
      try {
        const answer = await request(message.url, {
          dispatcher: agent,
          method: message.method as 'GET',
          headers: message.headers,
          body: message.body,
          signal: AbortSignal.any([signal, late.signal]),
        });
        const body = await read(answer.body);
        return {
          status: answer.statusCode,
          headers: joined(answer.headers),
          body,
          took: performance.now() - began,
        };
      } catch (cause) {
        throw explain(cause, message, late.signal.aborted, signal.aborted);
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => agent.destroy(),
  };
}

async function read(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new Error('the body is larger than 8 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function joined(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}

function explain(cause: unknown, message: HttpRequest, late: boolean, stopped: boolean): TealError {
  const what = `${message.method} ${message.path}`;
  if (stopped)
    return new TealError('E_HTTP_STOPPED', `${what} was stopped before it was answered`, { cause });
  if (late) {
    return new TealError('E_HTTP_TIMEOUT', `${what} was not answered within ${duration(message.timeout)}`, {
      cause,
    });
  }
  const { message: text, code } = cause as Error & { code?: string };
  return new TealError('E_HTTP_FAILED', `${what} failed: ${text || code || 'no answer'}`, { cause });
}
