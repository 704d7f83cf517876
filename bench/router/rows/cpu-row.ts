import { cpuOf } from '../../support/process-cpu.ts';
import { must, quantileOf } from '../../support/report.ts';
import type { Order } from '../load/obey.ts';
import { type LoadKind, startLoad } from '../load/worker.ts';
import type { RunningProxy } from '../proxies/proxy.ts';
import type { Row } from './row.ts';

export interface CpuRow extends Pick<Row, 'name' | 'title' | 'goal' | 'peers'> {
  readonly load: LoadKind;
  readonly order?: Partial<Order>;
  /** By TLS. */
  readonly secure?: boolean;
}

/**
 * What the row needs beyond what every proxy has served already is compiled after so many right answers: what one of HTTP/2 costs a
 * proxy of Node falls by a third over the first 50,000.
 */
const WARM = 60_000;
const LONGEST_WARMING = 20_000;

interface Result {
  readonly right: number;
  /** CPU time in us for each right answer. */
  readonly cost: number;
}

/** CPU time of each proxy's process for a right answer, in interleaved rounds; ratios to the first one, paired by round. */
export function cpuRow({ load: kind, order = {}, secure = false, ...about }: CpuRow): Row {
  return {
    ...about,
    columns: ['proxy', 'right answers', 'CPU us each', 'ratio', 'from', 'to'],
    async measure(peers, { rounds, ms, start }) {
      const load = startLoad(kind);
      const proxies: RunningProxy[] = [];
      const measured = async (proxy: RunningProxy, time: number): Promise<Result> => {
        const port = secure ? proxy.securePort! : proxy.port;
        const steady = load.steady().then(() => cpuOf(proxy.pid));
        const { right, wrong } = await load.run({ ...order, port, tls: secure, ms: time });
        const used = cpuOf(proxy.pid) - (await steady);
        must(
          wrong === 0 && right > 0,
          `${about.name}, ${proxy.name}: ${wrong} wrong, ${right} right answers`,
        );
        return { right, cost: (used * 1_000) / right };
      };
      try {
        for (const peer of peers) proxies.push(await start(peer));
        for (const proxy of proxies) {
          const until = performance.now() + LONGEST_WARMING;
          for (let right = 0; right < WARM && performance.now() < until; ) {
            right += (await measured(proxy, ms)).right;
          }
        }
        const results = proxies.map(() => [] as Result[]);
        for (let round = 0; round < rounds; round += 1) {
          // None is always behind the same other one: what that has left in the caches and buffers of the machine is felt.
          for (let turn = 0; turn < proxies.length; turn += 1) {
            const index = turnOf(turn, round, proxies.length);
            results[index]!.push(await measured(proxies[index]!, ms));
          }
        }
        return proxies.map(({ name }, index) => cells(name, results[index]!, results[0]!));
      } finally {
        await load.stop();
        for (const proxy of proxies) await proxy.stop();
      }
    },
  };
}

/** Who has this turn of a round, of `count`: rounds begin with one after the other, and every second one goes backwards. */
function turnOf(turn: number, round: number, count: number): number {
  const at = (turn + (round >> 1)) % count;
  return round % 2 === 0 ? at : count - 1 - at;
}

function cells(name: string, own: readonly Result[], first: readonly Result[]): (string | number)[] {
  const ratios = own.map(({ cost }, round) => first[round]!.cost / cost);
  const count = own.reduce((sum, { right }) => sum + right, 0);
  const costs = own.map(({ cost }) => cost);
  const ratio = (q: number) => quantileOf(ratios, q).toFixed(2);
  return [name, count, quantileOf(costs, 0.5).toFixed(1), ratio(0.5), ratio(0), ratio(1)];
}
