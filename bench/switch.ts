/**
 * Healthy releases under 500 requests a second with keep-alive: ten blue-green switches and ten canaries, one after the
 * other. What must hold: no request fails, and in each canary a client moves at most once. With `--long [requests] [switches]
 * [workers] [pause]`: switch-long.ts.
 */
import { openShop, type Shop } from '../test/support/shop.ts';
import { lost, type Seen, startTraffic } from '../test/support/traffic.ts';
import { must, quantileOf, report } from './support/report.ts';

if (process.argv.includes('--long')) {
  await import('./switch-long.ts');
  process.exit();
}

const RATE = 500;
const EACH = 10;
const TIMES = 'bake: 500ms\nkeep: 1h\ndrain: 5s';
const STRATEGIES = {
  'blue-green': `strategy: blue-green\n${TIMES}`,
  canary: `strategy: { canary: { steps: [5%, 25%, 50%, 100%], identify: { header: X-User-Id } } }\ndwell: 1s\n${TIMES}`,
};

const shop = await openShop(STRATEGIES['blue-green']);
try {
  await deploy(shop, 'v0');
  const rows: (string | number)[][] = [];
  let number = 0;
  for (const [name, yaml] of Object.entries(STRATEGIES)) {
    await shop.service.configure(yaml);
    const traffic = startTraffic({ url: shop.url, rate: RATE, clients: 2000 });
    const took: number[] = [];
    for (let index = 0; index < EACH; index += 1) {
      number += 1;
      const began = performance.now();
      await deploy(shop, `v${number}`);
      took.push((performance.now() - began) / 1000);
    }
    const seen = await traffic.stop();
    const failed = seen.filter(({ status }) => status !== 200).length;
    const backwards = movesBack(seen);
    const latency = seen.map(({ sentAt, answeredAt }) => answeredAt - sentAt);
    rows.push([
      name,
      EACH,
      seen.length,
      failed,
      lost(seen).length,
      backwards,
      quantileOf(took, 0.5).toFixed(1),
      quantileOf(latency, 0.99),
    ]);
    must(failed === 0, `${name}: ${failed} of ${seen.length} requests failed`);
    must(backwards === 0, `${name}: ${backwards} clients went back to an older release`);
  }
  report(
    `Healthy releases under ${RATE} requests a second`,
    ['strategy', 'releases', 'requests', 'failed', 'lost', 'moves back', 'median s a release', 'p99 ms'],
    rows,
  );
} finally {
  await shop.remove();
}

async function deploy(to: Shop, version: string): Promise<void> {
  const result = await to.deploy({ version }, '--wait', 'bake');
  if (result.code !== 0)
    throw new Error(`deploy of ${version}: ${result.code}\n${result.stdout}${result.stderr}`);
}

/** Requests of clients that saw an older version after a newer one. */
function movesBack(seen: readonly Seen[]): number {
  const newest = new Map<number, number>();
  let count = 0;
  for (const { client, version } of [...seen].sort((a, b) => a.answeredAt - b.answeredAt)) {
    const number = Number(version.slice(1));
    const before = newest.get(client) ?? 0;
    if (number < before) count += 1;
    newest.set(client, Math.max(before, number));
  }
  return count;
}
