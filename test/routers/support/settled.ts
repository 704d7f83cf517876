import { eventually } from './eventually.ts';

/** Long enough for what is under way on this machine to come, ms. */
const STILL = 300;

/** Resolves when a number has not changed for a while. */
export async function settled(read: () => number): Promise<void> {
  let last = Number.NaN;
  let since = performance.now();
  await eventually('it holds still', () => {
    const now = read();
    if (now !== last) since = performance.now();
    last = now;
    return performance.now() - since > STILL;
  });
}
