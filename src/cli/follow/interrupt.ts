/** Ctrl-C as an AbortSignal instead of the end of the process. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** Gives the signals back. */
  release(): void;
}

/** Exit code of a command that a person interrupted: 128 + SIGINT, as shells count. */
export const INTERRUPTED = 130;

export function onInterrupt(): Interrupt {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    release() {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}
