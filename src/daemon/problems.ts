import type { Logger } from '../system/log.ts';

/** What a person should know about a service now, by where it comes from; a problem that is over goes away. */
export interface Problems {
  /** Sets or, with null, clears what `source` has to say. Logged when it changes. */
  set(source: string, text: string | null): void;
  list(): readonly string[];
}

export function problemBoard(log: Logger): Problems {
  const board = new Map<string, string>();
  return {
    set(source, text) {
      const before = board.get(source) ?? null;
      if (before === text) return;
      if (text === null) {
        board.delete(source);
        log.info({ source, problem: before }, 'problem is over');
      } else {
        board.set(source, text);
        log.warn({ source, problem: text }, 'problem');
      }
    },
    list: () => [...board.values()],
  };
}

/** An error in one line for people. */
export function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const why = (error as { why?: unknown }).why;
  return typeof why === 'string' ? `${error.message}: ${why}` : error.message;
}
