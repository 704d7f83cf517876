import { fileURLToPath } from 'node:url';

/** The entry of the command line, in a checkout and in the published package. */
export const BIN = fileURLToPath(new URL('../../bin/teal.js', import.meta.url));

/** A command line that runs this very Teal again, with the Node.js that runs it now. */
export const ownArgv = (...args: readonly string[]): readonly string[] => [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  BIN,
  ...args,
];
