import { must, quantileOf } from '../../support/report.ts';
import { startLoad } from '../load/worker.ts';
import type { RunningProxy } from '../proxies/proxy.ts';
import type { Row } from './row.ts';

/** How long it is seen what the first proxy can serve. */
const FULL_MS = 2_000;

/**
 * p99 at half of what the first proxy serves here: the median of interleaved rounds. "Added": above that of the instance
 * itself at the same rate.
 */
export const latencyRow = (about: Pick<Row, 'peers'>): Row => ({
  ...about,
  name: 'latency',
  title: 'p99 at half load',
  goal: 'Teal adds <= 2x of what nginx adds',
  columns: ['proxy', 'requests a second', 'right answers', 'p99 ms', 'added ms'],
  async measure(peers, { rounds, ms, instance, start }) {
    const full = startLoad('keep-alive');
    const load = startLoad('paced');
    const proxies: RunningProxy[] = [];
    try {
      for (const peer of peers) proxies.push(await start(peer));
      const { right } = await full.run({ port: proxies[0]!.port, ms: FULL_MS });
      const rate = Math.round((right * 500) / FULL_MS);
      const targets = [{ name: 'no proxy', port: instance }, ...proxies];
      const results = targets.map(() => ({ right: 0, p99: [] as number[] }));
      // The first round is not counted.
      for (let round = -1; round < rounds; round += 1) {
        for (const [index, { name, port }] of targets.entries()) {
          const result = await load.run({ port, ms, rate });
          must(result.wrong === 0 && result.right > 0, `latency, ${name}: ${result.wrong} wrong answers`);
          if (round < 0) continue;
          results[index]!.right += result.right;
          results[index]!.p99.push(result.p99);
        }
      }
      const median = results.map(({ p99 }) => quantileOf(p99, 0.5));
      return targets.map(({ name }, index) => {
        const added = index === 0 ? '-' : (median[index]! - median[0]!).toFixed(2);
        return [name, rate, results[index]!.right, median[index]!.toFixed(2), added];
      });
    } finally {
      await full.stop();
      await load.stop();
      for (const proxy of proxies) await proxy.stop();
    }
  },
});
