import { globSync, readFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// The processes that tests start load the same sources again and again: their compiled form is kept.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'node-compile-cache');

/** Folders of tests that compute and keep nothing outside of themselves: these need no process of their own for each file. */
const PURE = ['core', 'evidence', 'judge', 'metrics', 'simulate', 'spec'];
/** What tests of other folders import that do no more than that. */
const COMPUTES = /^(?:(?:\.\.\/)+src\/.*|vitest|fast-check)$/;
/** Whole rollouts take longest, and computations wait for nothing: these fill what is left at the end. */
const ORDER = ['e2e', 'daemon', 'routers', 'platforms', 'checks'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const folder = relative(join(import.meta.dirname, 'test'), moduleId).split('/')[0] ?? '';
  const index = ORDER.indexOf(folder);
  return index === -1 ? ORDER.length : index;
}

const isPure = (file: string): boolean =>
  PURE.includes(file.split('/')[1] ?? '') ||
  [...readFileSync(join(import.meta.dirname, file), 'utf8').matchAll(/ from '(.*)';$/gm)].every(([, from]) =>
    COMPUTES.test(from ?? ''),
  );

const pure = globSync('test/**/*.test.ts', { cwd: import.meta.dirname }).filter(isPure);

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // For two thirds of their time most files wait: for a process, a dwell, a deadline.
    maxWorkers: Math.max(3, Math.min(8, 3 * availableParallelism() - 1)),
    pool: 'forks',
    // Sources are what Node runs: nothing has to be transformed, and tests run what users do.
    experimental: { viteModuleRunner: false },
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: 'real', include: ['test/**/*.test.ts'], exclude: pure } },
      { extends: true, test: { name: 'pure', include: pure, isolate: false } },
    ],
  },
});
