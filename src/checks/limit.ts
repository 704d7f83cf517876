import { duration } from './words.ts';

/** The time that an attempt has. */
export interface Limit {
  /** Aborts when the time is over or when the job is stopped. */
  readonly signal: AbortSignal;
  /** ms left; 0 when it is over. */
  left(): number;
  /** Why the signal aborted, for a sentence: "took longer than its 30 s"; null where it did not. */
  why(): string | null;
  close(): void;
}

/** `within` ms from now, or until `stop` aborts. */
export function startLimit(within: number, stop: AbortSignal): Limit {
  const began = performance.now();
  const controller = new AbortController();
  let why: string | null = null;
  const end = (reason: string) => {
    why ??= reason;
    controller.abort();
  };
  const onStop = () => end('was stopped');
  const timer = setTimeout(() => end(`took longer than its ${duration(within)}`), within);
  stop.addEventListener('abort', onStop, { once: true });
  if (stop.aborted) onStop();
  return {
    signal: controller.signal,
    left: () => (controller.signal.aborted ? 0 : Math.max(0, within - (performance.now() - began))),
    why: () => why,
    close() {
      clearTimeout(timer);
      stop.removeEventListener('abort', onStop);
    },
  };
}
