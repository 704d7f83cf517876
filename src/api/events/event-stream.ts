import type { Journal, StoredEvent } from '../../core/ports.ts';
import { eventStatus } from '../status/event.ts';

/** A comment this often, in ms, so that a connection that is gone is noticed. */
const KEEP_ALIVE = 15_000;
const PAGE = 500;

export interface EventFeedOptions {
  readonly journal: Pick<Journal, 'read' | 'head' | 'onAppend'>;
  /** null: of all services. */
  readonly service: string | null;
  /** Events with an id above this; null: from now on. */
  readonly after: number | null;
  readonly signal: AbortSignal;
}

/**
 * Server-sent events until the signal aborts. The journal is the only source, so nothing is lost or told twice between
 * what was and what comes. Begins with the id to resume after, so that a reader that has seen no event can resume, too.
 */
export async function* eventFeed({
  journal,
  service,
  after,
  signal,
}: EventFeedOptions): AsyncGenerator<string> {
  let cursor = after ?? journal.head();
  let wake = () => {};
  let news = true;
  const leave = journal.onAppend(() => {
    news = true;
    wake();
  });
  const stop = () => wake();
  signal.addEventListener('abort', stop, { once: true });
  try {
    yield `id: ${cursor}\n\n`;
    while (!signal.aborted) {
      if (!news) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, KEEP_ALIVE);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
          if (signal.aborted) wake();
        });
      }
      if (signal.aborted) return;
      if (!news) {
        yield ': still there\n\n';
        continue;
      }
      news = false;
      for (;;) {
        const page = journal.read(service, cursor, PAGE);
        if (page.length > 0) yield page.map(frame).join('');
        cursor = page.at(-1)?.id ?? cursor;
        if (page.length < PAGE) break;
      }
    }
  } finally {
    signal.removeEventListener('abort', stop);
    leave();
  }
}

const frame = (stored: StoredEvent) =>
  `id: ${stored.id}\nevent: ${stored.event.type}\ndata: ${JSON.stringify(eventStatus(stored))}\n\n`;
