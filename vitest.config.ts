import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// The processes that tests start load the same sources again and again: their compiled form is kept.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'node-compile-cache');

/** Whole rollouts take longest, and computations wait for nothing: these fill what is left at the end. */
const ORDER = ['e2e', 'daemon', 'routers', 'platforms', 'checks', 'simulate'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const index = ORDER.indexOf(relative(join(import.meta.dirname, 'test'), moduleId).split('/')[0] ?? '');
  return index === -1 ? ORDER.length : index;
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two thirds of their time most files wait for a process, a dwell or a deadline.
    maxWorkers: Math.max(3, Math.min(8, 3 * availableParallelism() - 1)),
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
  },
});
