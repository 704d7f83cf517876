import { residentOf } from '../../support/process-cpu.ts';
import { must, quantileOf } from '../../support/report.ts';
import { type LoadWorker, startLoad } from '../load/worker.ts';
import type { Peer, RunningProxy } from '../proxies/proxy.ts';
import type { Measuring, Row } from './row.ts';

const CONNECTIONS = 10_000;
/** How long they stay open at most; memory is looked at once they are open and traffic has gone on. */
const HOLD_MS = 12_000;
/**
 * Traffic of other connections before memory is looked at: opening so many leaves garbage, which is no cost of a connection
 * that stays, and a process that does nothing never collects it.
 */
const TRAFFIC_MS = 2_500;
const MOST_ROUNDS = 5;

interface Result {
  /** MB. */
  readonly before: number;
  readonly during: number;
  /** KB. */
  readonly each: number;
}

/** Memory for each connection that has carried a request and is idle: of a fresh process each round, beside traffic of others. */
export const idleRow = (about: Pick<Row, 'peers'>): Row => ({
  ...about,
  name: 'idle',
  title: `Memory of ${CONNECTIONS} idle connections`,
  goal: 'Teal <= 5 KB',
  columns: ['proxy', 'rounds', 'MB before', 'MB with them', 'KB each', 'from', 'to'],
  async measure(peers, { rounds, start }) {
    const results = peers.map(() => [] as Result[]);
    const count = Math.min(rounds, MOST_ROUNDS);
    for (let round = 0; round < count; round += 1) {
      for (const [index, peer] of peers.entries()) results[index]!.push(await measured(peer, start));
    }
    return peers.map(({ name }, index) => {
      const own = results[index]!;
      const median = (of: (result: Result) => number) => Math.round(quantileOf(own.map(of), 0.5));
      const each = (q: number) =>
        quantileOf(
          own.map((result) => result.each),
          q,
        ).toFixed(1);
      return [
        name,
        count,
        median(({ before }) => before),
        median(({ during }) => during),
        each(0.5),
        each(0),
        each(1),
      ];
    });
  },
});

async function measured(peer: Peer, start: Measuring['start']): Promise<Result> {
  const proxy = await start(peer);
  const traffic = startLoad('keep-alive');
  const load = startLoad('idle');
  try {
    const before = await afterTraffic(proxy, traffic);
    const opened = load.steady();
    const ended = load.run({ port: proxy.port, connections: CONNECTIONS, ms: HOLD_MS });
    await opened;
    const during = await afterTraffic(proxy, traffic);
    const { right, wrong } = await ended;
    must(right === CONNECTIONS && wrong === 0, `idle, ${proxy.name}: ${right} answers, ${wrong} closed`);
    return { before: before / 1_024, during: during / 1_024, each: (during - before) / CONNECTIONS };
  } finally {
    await load.stop();
    await traffic.stop();
    await proxy.stop();
  }
}

/** KB in memory while others are served. */
async function afterTraffic(proxy: RunningProxy, traffic: LoadWorker): Promise<number> {
  await traffic.run({ port: proxy.port, ms: TRAFFIC_MS });
  return residentOf(proxy.pid);
}
