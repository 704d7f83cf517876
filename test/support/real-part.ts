import { spawnSync } from 'node:child_process';

/**
 * Whether tests that need this program are to be skipped: it is missing, and nobody insists (`TEAL_REQUIRE=all`, as
 * `.ci/run` does, which installs it). `args`: with which it ends at once.
 */
export const isWithout = (program: string, ...args: string[]): boolean =>
  process.env.TEAL_REQUIRE !== 'all' && spawnSync(program, args).error !== undefined;
