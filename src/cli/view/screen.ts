import type { WriteStream } from 'node:tty';

/** A part of the terminal that is drawn again and again in the same place. */
export interface Screen {
  /** Shows these lines instead of the last ones. */
  draw(lines: readonly string[]): void;
  /** Leaves what is shown, and gives the cursor back. Idempotent. */
  close(): void;
}

const ESC = '\u001b[';
/** DEC private modes: hide and show the cursor, begin and end a synchronised update (no tearing where it is known). */
const HIDE = `${ESC}?25l`;
const SHOW = `${ESC}?25h`;
const BEGIN = `${ESC}?2026h`;
const END = `${ESC}?2026l`;

/**
 * Draws below what is there already. Each line is overwritten and cleared to its end, in one write, so that nothing
 * flickers. Lines must be narrower than the terminal; more than fit on it are cut at the end.
 */
export function openScreen(stream: WriteStream): Screen {
  let drawn = 0;
  let width = stream.columns;
  let open = true;
  const restore = () => void stream.write(SHOW);
  process.once('exit', restore);
  stream.write(HIDE);
  return {
    draw(lines) {
      const shown = lines.slice(0, Math.max(1, (stream.rows || 24) - 1));
      // After a resize the terminal may have broken old lines anew: what was drawn cannot be found again.
      const resized = stream.columns !== width;
      width = stream.columns;
      const up = resized ? `${ESC}H${ESC}2J` : drawn > 0 ? `${ESC}${drawn}A\r` : '\r';
      const body = shown.map((line) => `${line}${ESC}K\n`).join('');
      stream.write(`${BEGIN}${up}${body}${ESC}J${END}`);
      drawn = shown.length;
    },
    close() {
      if (!open) return;
      open = false;
      process.off('exit', restore);
      restore();
    },
  };
}
