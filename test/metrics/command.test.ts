import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { commandMetric } from '../../src/metrics/command.ts';
import { parseCounts } from '../../src/metrics/counts.ts';
import { OWN_USER, release } from '../checks/support.ts';

const ARMS = [
  { environment: 'blue', release: 'old' },
  { environment: 'green', release: 'new' },
] as const;
const SINCE = Date.UTC(2026, 0, 2, 3, 4, 5);
const forever = new AbortController().signal;

async function metric(run: string, within = 10_000) {
  const path = await mkdtemp(join(tmpdir(), 'teal-metric-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  const spec = { name: 'checkout', run, every: 10_000, within, tolerate: 1.25, floor: 0.001 };
  return {
    path,
    source: commandMetric(spec, release(path, { user: OWN_USER, env: { N: { value: '50' } } }), ARMS),
  };
}

test('is read for each environment, which the command is told', async () => {
  const { path, source } = await metric('./count.sh');
  const script = [
    '#!/bin/sh',
    'echo "for people" >&2',
    '[ "$TEAL_SINCE $TEAL_SERVICE" = "2026-01-02T03:04:05.000Z shop" ] || exit 9',
    'case "$TEAL_ENVIRONMENT $TEAL_RELEASE" in "blue old") bad=1;; "green new") bad=7;; *) exit 8;; esac',
    'echo "{\\"bad\\": $bad, \\"total\\": $N}"',
  ];
  await writeFile(join(path, 'count.sh'), script.join('\n'), { mode: 0o755 });
  expect(source.metric).toBe('checkout');
  expect(await source.read(SINCE, forever)).toEqual([
    { metric: 'checkout', environment: 'blue', bad: 1, total: 50 },
    { metric: 'checkout', environment: 'green', bad: 7, total: 50 },
  ]);
});

test('a command that fails, hangs or prints something else has its own error, with what it printed', async () => {
  const failing = await metric('echo "no database" >&2; exit 2');
  await expect(failing.source.read(SINCE, forever)).rejects.toMatchObject({
    code: 'E_METRIC_FAILED',
    message: expect.stringMatching(
      /^The command of metric "checkout" ended with exit code 2 \(for (blue|green)\)$/,
    ),
    why: expect.stringContaining('no database'),
  });
  const hanging = await metric('echo waiting; sleep 600', 200);
  await expect(hanging.source.read(SINCE, forever)).rejects.toMatchObject({
    code: 'E_METRIC_TIMEOUT',
    why: expect.stringContaining('waiting'),
  });
  const talking = await metric('echo "bad: 3"');
  await expect(talking.source.read(SINCE, forever)).rejects.toMatchObject({
    code: 'E_METRIC_OUTPUT',
    why: expect.stringContaining('bad: 3'),
    fix: expect.stringContaining('{"bad": n, "total": n}'),
  });
});

test('stops when the signal aborts', async () => {
  const { source } = await metric('sleep 600');
  await expect(source.read(SINCE, AbortSignal.timeout(100))).rejects.toMatchObject({
    code: 'E_METRIC_FAILED',
  });
});

test.each([
  ['{"bad": 1, "total": 5}\n', { bad: 1, total: 5 }],
  [' {"total":0,"bad":0} ', { bad: 0, total: 0 }],
  ['', 'the output is empty'],
  ['{"bad": 1', 'the output is no JSON'],
  ['{"bad":1,"total":5}{"bad":1,"total":5}', 'the output is no JSON'],
  ['[1,5]', 'the output is no object'],
  ['null', 'the output is no object'],
  ['{"bad":1,"total":5,"good":4}', 'unexpected key "good"'],
  ['{"total":5}', '"bad" must be a whole number, 0 or more, and is undefined'],
  ['{"bad":"1","total":5}', '"bad" must be a whole number, 0 or more, and is "1"'],
  ['{"bad":0.5,"total":5}', '"bad" must be a whole number, 0 or more, and is 0.5'],
  ['{"bad":-1,"total":5}', '"bad" must be a whole number, 0 or more, and is -1'],
  ['{"bad":1,"total":1e999}', '"total" must be a whole number, 0 or more, and is null'],
  ['{"bad":6,"total":5}', '"bad" (6) is more than "total" (5)'],
])('%j is read as %j', (output, expected) => {
  expect(parseCounts(output)).toEqual(expected);
});
