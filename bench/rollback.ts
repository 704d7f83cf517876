/**
 * Rollback: from the daemon's receipt of the command to the last request that the router gave to the candidate, under
 * 200 requests a second, 50 times. The service notes when each request reached it; the API notes when the command came.
 */
import { apiClient } from '../src/api/client.ts';
import { openShop } from '../test/support/shop.ts';
import { lost, startTraffic } from '../test/support/traffic.ts';
import { must, quantileOf, report } from './support/report.ts';

const ROUNDS = 50;
const GOAL = 20;

const shop = await openShop(
  'strategy: blue-green\nbake: 1h\nkeep: 1h\ndrain: 5s\njudge: { errors: { tolerate: 10x } }',
);
try {
  const client = apiClient(shop.home);
  const first = await shop.deploy({ version: 'v0' });
  if (first.code !== 0) throw new Error(first.stdout + first.stderr);
  await shop.service.configure(
    'strategy: { canary: { steps: [{ weight: 50%, approve: true }, 100%], identify: { header: X-User-Id } } }\ndwell: 0s\nbake: 1h\ndrain: 5s',
  );
  const traffic = startTraffic({ url: shop.url, rate: 200, clients: 500 });
  const took: number[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    await shop.service.become({ version: `v${round}` });
    const started = await shop.teal('deploy', '--yes', '--no-wait');
    if (started.code !== 0) throw new Error(started.stdout + started.stderr);
    await shop.until('half of the traffic on the candidate', ({ phase }) => phase === 'waiting');
    await new Promise((resolve) => setTimeout(resolve, 200)); // traffic, not an event: let both arms be busy
    const received = Date.now();
    await client.post('/api/v1/services/shop/rollback', { yes: true });
    await shop.until('the rollout to have ended', ({ rollout }) => rollout === null);
    const late = traffic.seen.filter(({ version, sentAt }) => version === `v${round}` && sentAt >= received);
    took.push(Math.max(0, ...late.map(({ sentAt }) => sentAt - received)));
  }
  const seen = await traffic.stop();
  const failed = seen.filter(({ status }) => status !== 200).length;
  report(
    'Rollback: command to the last new request on the candidate',
    ['rollbacks', 'requests', 'failed', 'lost', 'p50 ms', 'p99 ms', 'max ms'],
    [
      [
        ROUNDS,
        seen.length,
        failed,
        lost(seen).length,
        quantileOf(took, 0.5),
        quantileOf(took, 0.99),
        Math.max(...took),
      ],
    ],
  );
  must(failed === 0, `${failed} requests failed`);
  must(quantileOf(took, 0.99) < GOAL, `p99 is ${quantileOf(took, 0.99)} ms, the goal is ${GOAL} ms`);
} finally {
  await shop.remove();
}
