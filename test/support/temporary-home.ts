import { onTestFinished } from 'vitest';
import { makeHome, type TemporaryHome } from './make-home.ts';

export { makeHome, type TemporaryHome };

/** A TEAL_HOME that is gone, with all its processes, when the test is over. Call it inside a test or `beforeEach`. */
export async function temporaryHome(): Promise<TemporaryHome> {
  const home = await makeHome();
  onTestFinished(home.remove);
  return home;
}
