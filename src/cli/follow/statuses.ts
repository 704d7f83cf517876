import type { ApiClient } from '../../api/client.ts';
import { TealError } from '../../core/error.ts';
import { type Bell, createBell } from './bell.ts';

export interface StatusesOptions {
  /** Ends the sequence, without an error. */
  readonly signal: AbortSignal;
  /** Only events of this service; default: of all. */
  readonly service?: string;
  /** At least this often, in ms: figures change without an event. */
  readonly every: number;
  /** How long the daemon may be away, in ms, before this rejects. */
  readonly patience?: number;
}

/**
 * What `path` answers: at once, after every event, and at least every so often. A daemon that restarts meanwhile is
 * waited for.
 */
export async function* statuses<T>(
  api: ApiClient,
  path: string,
  options: StatusesOptions,
): AsyncGenerator<T> {
  const { signal, every, patience = 30_000 } = options;
  const ended = new AbortController();
  const inner = AbortSignal.any([signal, ended.signal]);
  const bell = createBell();
  const listening = listen(api, bell, inner, options.service);
  let seen = false;
  let awaySince: number | null = null;
  try {
    while (!signal.aborted) {
      try {
        yield await api.get<T>(path, signal);
        seen = true;
        awaySince = null;
      } catch (error) {
        if (signal.aborted) return;
        // Not there from the start is an error at once; gone in between is a restart.
        awaySince ??= performance.now();
        const over = performance.now() - awaySince > patience;
        if (!isAway(error) || !seen || over) throw error;
      }
      await bell.rung(every, inner);
    }
  } finally {
    ended.abort();
    await listening;
  }
}

/** Rings for each event. While the events cannot be had, the ticks go on without them. */
async function listen(api: ApiClient, bell: Bell, signal: AbortSignal, service?: string): Promise<void> {
  try {
    for await (const _event of api.events({ signal, ...(service === undefined ? {} : { service }) }))
      bell.ring();
  } catch (error) {
    if (!signal.aborted && !isAway(error)) throw error;
  }
}

const isAway = (error: unknown) => error instanceof TealError && error.code === 'E_DAEMON_UNREACHABLE';
