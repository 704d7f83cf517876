/** What `teal --help` and `teal status` cost beside a bare `node -e 0`, interleaved, after one warm-up of the compile cache. */
import { spawnSync } from 'node:child_process';
import { openShop } from '../test/support/shop.ts';
import { TEAL_BIN } from '../test/support/spawn-teal.ts';
import { must, quantileOf, report } from './support/report.ts';

const ROUNDS = 25;
const shop = await openShop('strategy: blue-green\nbake: 0s');
try {
  const first = await shop.deploy({ version: 'v0' });
  if (first.code !== 0) throw new Error(first.stdout + first.stderr);
  const commands: Record<string, readonly string[]> = {
    'node -e 0': ['-e', '0'],
    'teal --help': [TEAL_BIN, '--help'],
    'teal status': [TEAL_BIN, 'status'],
  };
  const took = new Map(Object.keys(commands).map((name) => [name, [] as number[]]));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, args] of Object.entries(commands)) {
      const began = performance.now();
      const { status } = spawnSync(process.execPath, args, {
        env: { ...process.env, TEAL_HOME: shop.home.root },
      });
      if (status !== 0) throw new Error(`${name} ended with ${status}`);
      if (round > 0) took.get(name)!.push(performance.now() - began);
    }
  }
  const bare = quantileOf(took.get('node -e 0')!, 0.5);
  const limit = 2 * bare + 60;
  report(
    'Start-up of the command line',
    ['command', 'median ms', 'p95 ms', 'limit ms (2 x bare + 60)'],
    [...took].map(([name, times]) => [
      name,
      quantileOf(times, 0.5).toFixed(0),
      quantileOf(times, 0.95).toFixed(0),
      limit.toFixed(0),
    ]),
  );
  for (const [name, times] of took) must(quantileOf(times, 0.5) <= limit, `${name} is over the limit`);
} finally {
  await shop.remove();
}
