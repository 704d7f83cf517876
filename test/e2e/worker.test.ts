import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { apiClient } from '../../src/api/client.ts';
import type { RolloutDetail } from '../../src/api/schema.ts';
import { openShop, type Shop } from '../support/shop.ts';

/** Works off jobs, a hundred a second, and writes down how each ended: `<ms> <0 or 1 for bad>`. */
const WORKER = `
import { appendFileSync, readFileSync } from 'node:fs';
const { failRate = 0 } = JSON.parse(readFileSync('behaviour.json', 'utf8'));
let owed = 0;
setInterval(() => {
  owed += failRate;
  const bad = owed >= 1;
  if (bad) owed -= 1;
  appendFileSync(process.env.JOURNAL + process.env.TEAL_RELEASE, Date.now() + (bad ? ' 1\\n' : ' 0\\n'));
}, 10);
`;
/** Counts what has ended since TEAL_SINCE in the release that it is asked about. */
const COUNT = `
import { existsSync, readFileSync } from 'node:fs';
const file = process.env.JOURNAL + process.env.TEAL_RELEASE;
const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\\n') : [];
const since = Date.parse(process.env.TEAL_SINCE);
const ends = lines.map((line) => line.split(' ').map(Number)).filter(([at]) => at >= since);
console.log(JSON.stringify({ bad: ends.filter(([, bad]) => bad === 1).length, total: ends.length }));
`;
const SETTINGS = (journal: string, strategy: string) =>
  [
    'service: worker',
    `run: exec ${process.execPath} worker.mjs`,
    ...(process.getuid?.() === 0 ? ['user: root'] : []),
    `env: { JOURNAL: ${journal} }`,
    'instances: 4',
    `strategy: ${strategy}`,
    `metrics: [{ jobs: { run: ${process.execPath} count.mjs, every: 500ms } }]`,
    'stop: { within: 1s }',
    '',
  ].join('\n');
const CANARY = '{ canary: { steps: [25%, 100%] } }';

let shop: Shop;
let configure: (strategy: string, times: string) => Promise<void>;
beforeEach(async () => {
  shop = await openShop('');
  await writeFile(join(shop.service.folder, 'worker.mjs'), WORKER);
  await writeFile(join(shop.service.folder, 'count.mjs'), COUNT);
  configure = (strategy, times) =>
    writeFile(shop.service.file, SETTINGS(`${shop.home.root}/jobs-`, strategy) + times);
  await configure(CANARY, 'dwell: 0s\nbake: 0s\n');
});
afterEach(() => shop.remove());

test('a worker that fails more of its jobs is taken back by its metric', async () => {
  const first = await shop.deploy({ version: 'v1', failRate: 0.05 });
  expect(first, first.stdout + first.stderr).toMatchObject({ code: 0 });
  await configure(CANARY, 'dwell: 5m\n');
  const bad = await shop.deploy({ version: 'v2', failRate: 0.5 });
  expect(bad, bad.stdout + bad.stderr).toMatchObject({ code: 3 });
  expect(bad.stdout + bad.stderr).toMatch(/Harm by jobs: .*were bad/);
  const { last } = await worker();
  const detail = await apiClient(shop.home).get<RolloutDetail>(`/api/v1/rollouts/${last!.id}`);
  const jobs = detail.verdicts.find(({ metric }) => metric === 'jobs')!;
  expect(jobs).toMatchObject({ verdict: 'harm' });
  expect(jobs.candidate.bad / jobs.candidate.n).toBeCloseTo(0.5, 1);
  expect(jobs.stable.bad / jobs.stable.n).toBeCloseTo(0.05, 1);
});

test('in the bake a metric is measured by what it was for stable, whatever is ordinary for it', async () => {
  expect(await shop.deploy({ version: 'v1', failRate: 0.05 })).toMatchObject({ code: 0 });
  await configure('blue-green', 'bake: 5s\n');
  const same = await shop.deploy({ version: 'v2', failRate: 0.05 }, '--wait', 'bake');
  expect(same, same.stdout + same.stderr).toMatchObject({ code: 0 });
  await configure('blue-green', 'bake: 5m\n');
  const worse = await shop.deploy({ version: 'v3', failRate: 0.5 }, '--wait', 'bake');
  expect(worse, worse.stdout + worse.stderr).toMatchObject({ code: 3 });
  expect(worse.stdout + worse.stderr).toMatch(/Alarm by jobs: .*where the past allows/);
});

const worker = async () =>
  JSON.parse((await shop.teal('status', 'worker', '--json')).stdout) as Awaited<ReturnType<Shop['status']>>;
