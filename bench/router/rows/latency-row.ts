import { must, quantileOf } from '../../support/report.ts';
import { startLoad } from '../load/worker.ts';
import type { RunningProxy } from '../proxies/proxy.ts';
import type { Row } from './row.ts';

/** How long it is seen what a proxy can serve, and how often: the most of it counts, since what is beside it only takes away. */
const FULL_MS = 1_000;
const FULL_TIMES = 5;

/** A proxy with what it is asked for. */
interface Paced {
  readonly proxy: RunningProxy;
  /** Requests a second: half of what it can serve here. */
  rate: number;
  right: number;
  readonly p99: number[];
  /** Above that of the instance itself at the same rate, a moment before. */
  readonly added: number[];
}

/**
 * p99 of each proxy at half of what it can serve here, and how much of it the proxy has added: the same rate is asked of
 * the instance itself just before. Medians of interleaved rounds.
 */
export const latencyRow = (about: Pick<Row, 'peers'>): Row => ({
  ...about,
  name: 'latency',
  title: 'p99 at half load',
  goal: 'Teal adds <= 2x of what nginx adds',
  columns: ['proxy', 'requests a second', 'right answers', 'p99 ms', 'added ms', 'from', 'to'],
  async measure(peers, { rounds, ms, start }) {
    const full = startLoad('keep-alive');
    const load = startLoad('paced');
    const all: Paced[] = [];
    try {
      const instance = await load.instance();
      for (const peer of peers) all.push(paced(await start(peer, instance)));
      for (let time = 0; time < FULL_TIMES; time += 1) {
        for (const one of all) {
          const { right } = await full.run({ port: one.proxy.port, ms: FULL_MS });
          one.rate = Math.max(one.rate, Math.round((right * 500) / FULL_MS));
        }
      }
      // The first round is not counted: the load compiles its own code.
      for (let round = -1; round < rounds; round += 1) {
        for (const one of all) {
          const { proxy, rate } = one;
          const without = await load.run({ port: instance, ms, rate });
          const through = await load.run({ port: proxy.port, ms, rate });
          const wrong = without.wrong + through.wrong;
          must(wrong === 0 && through.right > 0, `latency, ${proxy.name}: ${wrong} wrong answers`);
          if (round < 0) continue;
          one.right += through.right;
          one.p99.push(through.p99);
          one.added.push(through.p99 - without.p99);
        }
      }
      return all.map(({ proxy, rate, right, p99, added }) => {
        const figure = (q: number) => quantileOf(added, q).toFixed(2);
        return [
          proxy.name,
          rate,
          right,
          quantileOf(p99, 0.5).toFixed(2),
          figure(0.5),
          figure(0.25),
          figure(0.75),
        ];
      });
    } finally {
      await full.stop();
      await load.stop();
      for (const { proxy } of all) await proxy.stop();
    }
  },
});

const paced = (proxy: RunningProxy): Paced => ({ proxy, rate: 0, right: 0, p99: [], added: [] });
