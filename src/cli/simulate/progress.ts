import type { Output } from '../terminal/output.ts';
import { bar } from '../view/bars.ts';

/** Runs a computation that yields how far it is; draws a bar on a terminal while it lasts. */
export function withProgress<T>(work: Generator<number, T, void>, { stderr, canAsk }: Output): T {
  const draws = canAsk && stderr.isTTY;
  let shown = -1;
  for (;;) {
    const { value, done } = work.next();
    if (done) {
      if (draws) stderr.write('\r\u001b[K');
      return value;
    }
    const percent = Math.floor(value * 100);
    if (!draws || percent === shown) continue;
    shown = percent;
    stderr.write(`\r${bar(value, 40)} ${percent} %`);
  }
}
