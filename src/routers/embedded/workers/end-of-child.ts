import type { ChildProcess } from 'node:child_process';

/** Its last words may come after its end; ms. */
const HEARD_WITHIN = 500;

/** Resolves once the process has ended and what it had said has been heard, which mostly is at once. */
export async function endOf(child: ChildProcess) {
  const heard = new Promise<void>((resolve) => child.once('disconnect', resolve));
  await new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => {
      if (child.pid === undefined) resolve();
    });
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, HEARD_WITHIN);
  });
  await Promise.race([heard, late]);
  clearTimeout(timer);
  return { code: child.exitCode, signal: child.signalCode };
}
