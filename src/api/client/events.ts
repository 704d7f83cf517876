import { setTimeout as delay } from 'node:timers/promises';
import { TealError } from '../../core/error.ts';
import type { EventStatus } from '../schema.ts';
import { lines } from './lines.ts';
import { exchange } from './request.ts';

export interface EventsOptions {
  /** Ends the stream, without an error. */
  readonly signal: AbortSignal;
  /** Only this service's. Default: all. */
  readonly service?: string;
  /** Only events with an id above this. Default: from now on. */
  readonly after?: number;
  /** How long to try again, in ms, where the daemon is away; then it rejects. Default 15,000. */
  readonly patience?: number;
}

const RETRY_EVERY = 100;

/** Server-sent events of the daemon, taken up again after the last one seen where the connection breaks. */
export async function* eventStream(
  socketPath: string,
  { signal, service, after, patience = 15_000 }: EventsOptions,
): AsyncGenerator<EventStatus, void, void> {
  const path = `/events${service === undefined ? '' : `?service=${encodeURIComponent(service)}`}`;
  let last = after;
  let connected = false;
  let awaySince: number | null = null;
  while (!signal.aborted) {
    try {
      const answer = await exchange(socketPath, {
        method: 'GET',
        path,
        accept: 'text/event-stream',
        signal,
        ...(last === undefined ? {} : { headers: { 'last-event-id': String(last) } }),
      });
      connected = true;
      awaySince = null;
      for await (const { id, data } of frames(lines(answer))) {
        if (id !== null) last = id;
        if (data !== null) yield JSON.parse(data) as EventStatus;
      }
    } catch (error) {
      if (signal.aborted) return;
      // A daemon that was never there is told at once; one that went away is expected back.
      if (!isAway(error) || !connected) throw error;
      awaySince ??= performance.now();
      if (performance.now() - awaySince > patience) throw error;
    }
    await delay(RETRY_EVERY, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
  }
}

interface Frame {
  readonly id: number | null;
  readonly data: string | null;
}

/** The event stream format of the HTML standard, as far as the daemon uses it: `id`, `data`, comments. */
async function* frames(source: AsyncIterable<string>): AsyncGenerator<Frame, void, void> {
  let id: number | null = null;
  let data: string[] = [];
  for await (const line of source) {
    if (line === '') {
      if (id !== null || data.length > 0) yield { id, data: data.length === 0 ? null : data.join('\n') };
      id = null;
      data = [];
    } else if (line.startsWith('id:')) {
      id = Number(line.slice(3).trim());
    } else if (line.startsWith('data:')) {
      data.push(line.slice(5).replace(/^ /, ''));
    }
  }
}

const isAway = (error: unknown) => error instanceof TealError && error.code === 'E_DAEMON_UNREACHABLE';
