import type { Output } from '../terminal/output.ts';
import { bar } from '../view/bars.ts';

/** Where there is no terminal a line is written this often, ms: what takes less needs none. */
const LINE_EVERY = 10_000;

/**
 * Runs a computation that yields how far it is (0-1). While it lasts a terminal shows a bar, anything else a line on stderr from time to
 * time.
 */
export function withProgress<T>(work: Generator<number, T, void>, { stderr, canAsk }: Output): T {
  const draws = canAsk && stderr.isTTY;
  let shown = -1;
  let toldAt = performance.now();
  for (;;) {
    const { value, done } = work.next();
    if (done) {
      if (draws) stderr.write('\r\u001b[K');
      return value;
    }
    const percent = Math.floor(value * 100);
    if (percent === shown) continue;
    shown = percent;
    if (draws) stderr.write(`\r${bar(value, 40)} ${percent} %`);
    else if (performance.now() - toldAt >= LINE_EVERY) {
      toldAt = performance.now();
      stderr.write(`Simulated so far: ${percent} %\n`);
    }
  }
}
