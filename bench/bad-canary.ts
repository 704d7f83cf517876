/**
 * A candidate that fails 30 % of its requests, at 200 requests a second from 2,000 clients, with the default steps: how long
 * it had traffic, how many clients it hurt, and whether Teal's count is the clients' own.
 */
import { openShop } from '../test/support/shop.ts';
import { lost, startTraffic } from '../test/support/traffic.ts';
import { must, quantileOf, report } from './support/report.ts';

const ROUNDS = 10;

const shop = await openShop('strategy: blue-green\nbake: 0s\nkeep: 1h');
try {
  const first = await shop.deploy({ version: 'v0' }, '--wait', 'bake');
  if (first.code !== 0) throw new Error(first.stdout + first.stderr);
  await shop.service.configure(
    'strategy: { canary: { identify: { header: X-User-Id } } }\ndwell: 30s\ndrain: 5s',
  );
  const traffic = startTraffic({ url: shop.url, rate: 200, clients: 2000 });
  const exposure: number[] = [];
  const hurtClients: number[] = [];
  const weights: number[] = [];
  let wrong = 0;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const version = `v${round}`;
    const before = traffic.seen.length;
    const result = await shop.deploy({ version, failRate: 0.3 });
    if (result.code !== 3)
      throw new Error(`not taken back: ${result.code}\n${result.stdout}${result.stderr}`);
    const mine = traffic.seen.slice(before).filter((one) => one.version === version);
    const times = mine.map(({ sentAt }) => sentAt);
    exposure.push((Math.max(...times) - Math.min(...times)) / 1000);
    const hurt = new Set(mine.filter(({ status }) => status === 500).map(({ client }) => client)).size;
    hurtClients.push(hurt);
    const { last } = await shop.until('the count to be whole', (status) => (status.last?.hurt ?? -1) >= hurt);
    if (last?.hurt !== hurt) wrong += 1;
    weights.push(new Set(mine.map(({ client }) => client)).size / 2000);
  }
  const seen = await traffic.stop();
  report(
    'A candidate that fails 30 % of its requests, 200 requests a second, 2,000 clients',
    [
      'rollouts',
      'taken back',
      's with traffic: median',
      'max',
      'clients hurt: median',
      'max',
      'count differs',
      'share of clients reached',
      'requests lost',
    ],
    [
      [
        ROUNDS,
        ROUNDS,
        quantileOf(exposure, 0.5).toFixed(2),
        Math.max(...exposure).toFixed(2),
        quantileOf(hurtClients, 0.5),
        Math.max(...hurtClients),
        wrong,
        `${(100 * Math.max(...weights)).toFixed(1)} %`,
        lost(seen).length,
      ],
    ],
  );
  must(wrong === 0, `the number of clients hurt was wrong in ${wrong} rollouts`);
  must(lost(seen).length === 0, 'requests were lost');
} finally {
  await shop.remove();
}
