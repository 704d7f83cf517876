// npm test: installs what is missing, then format, lint, types, and the unit and end-to-end tests. Each of the first
// three counts as one test. The last line is `N passed, N failed`, with `, N skipped` where there are any; the exit
// code is 0 only if nothing failed. Further arguments go to vitest: `npm test -- test/core`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installWhatIsMissing, runNode, tools, withNode24 } from './project.js';

withNode24((node) => {
  const failedInstall = installWhatIsMissing(node);
  if (failedInstall) return failedInstall;
  const results = [
    step('format', node, [tools.biome, 'format']),
    step('lint', node, [tools.biome, 'lint', '--error-on-warnings']),
    step('types', node, [tools.tsc]),
    tests(node, process.argv.slice(2)),
  ];
  process.stdout.write('\n');
  for (const { name, passed, failed, skipped, seconds } of results) {
    const counts = `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`;
    process.stdout.write(
      `${failed ? 'FAILED' : 'ok    '} ${name.padEnd(8)} ${counts} (${seconds.toFixed(1)} s)\n`,
    );
  }
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  const skipped = sum('skipped');
  process.stdout.write(
    `${sum('passed')} passed, ${sum('failed')} failed${skipped ? `, ${skipped} skipped` : ''}\n`,
  );
  return sum('failed') === 0 ? 0 : 1;
});

function step(name, node, args) {
  process.stdout.write(`\n> ${name}\n`);
  const began = performance.now();
  const ok = runNode(node, args) === 0;
  const seconds = (performance.now() - began) / 1000;
  return { name, passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0, seconds };
}

function tests(node, args) {
  process.stdout.write('\n> tests\n');
  const began = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'teal-test-'));
  const report = join(folder, 'report.json');
  try {
    const code = runNode(node, [
      ...[
        '--disable-warning=ExperimentalWarning',
        tools.vitest,
        'run',
        '--reporter=default',
        '--reporter=json',
      ],
      ...[`--outputFile.json=${report}`, ...args],
    ]);
    const { passed, failed, skipped } = counts(report);
    // An error outside of any test (in a hook, while a file was loaded, or after its end) is in no count.
    const unexplained = code !== 0 && failed === 0 ? 1 : 0;
    const seconds = (performance.now() - began) / 1000;
    return { name: 'tests', passed, failed: failed + unexplained, skipped, seconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Counts of vitest's report; a file that could not be loaded counts as one failed test. */
function counts(report) {
  let result;
  try {
    result = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }; // vitest ended before it wrote its report, and has said why
  }
  const unloadable = result.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  ).length;
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + unloadable,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}
