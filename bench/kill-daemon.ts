/**
 * kill -9 of the daemon in every step of a canary, under 200 requests a second: the rollout must end promoted, a bad one
 * rolled back, and no request may fail but those that the bad release itself answers with an error.
 */
import { EVERY_STEP, killDaemonInEveryStep } from '../test/support/kill-every-step.ts';
import { openShop } from '../test/support/shop.ts';
import { lost, startTraffic } from '../test/support/traffic.ts';
import { must, report } from './support/report.ts';

const ROLLOUTS = [
  { name: 'healthy', failRate: 0, expected: 'promoted' },
  { name: 'fails 30 %', failRate: 0.3, expected: 'rolled-back' },
] as const;

const shop = await openShop('strategy: blue-green\nbake: 0s\nkeep: 1h');
try {
  const first = await shop.deploy({ version: 'v0' }, '--wait', 'bake');
  if (first.code !== 0) throw new Error(first.stdout + first.stderr);
  await shop.service.configure(EVERY_STEP);
  const rows: (string | number)[][] = [];
  for (const { name, failRate, expected } of ROLLOUTS) {
    const traffic = startTraffic({ url: shop.url, rate: 200, clients: 1000 });
    await shop.service.become({ version: name, failRate });
    const started = await shop.teal('deploy', '--yes', '--no-wait');
    if (started.code !== 0) throw new Error(started.stdout + started.stderr);
    const kills = await killDaemonInEveryStep(shop);
    const seen = await traffic.stop();
    const outcome = (await shop.status()).last?.outcome ?? 'none';
    rows.push([name, kills.length, [...new Set(kills)].join(', '), outcome, seen.length, lost(seen).length]);
    must(outcome === expected, `${name}: ended ${outcome}, not ${expected}`);
    must(lost(seen).length === 0, `${name}: ${lost(seen).length} requests lost`);
  }
  report(
    'kill -9 of the daemon in every step, 200 requests a second',
    ['candidate', 'kills', 'in steps', 'outcome', 'requests', 'lost'],
    rows,
  );
} finally {
  await shop.remove();
}
