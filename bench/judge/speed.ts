/** What judging costs: blocks of one metric a second on one core, and bytes that a metric's state takes. */
import { serialize } from 'node:v8';
import { RATE_DEFAULTS, type RateBlock, rateTest } from '../../src/judge/index.ts';
import { seededRandom } from '../../src/simulate/random.ts';
import { must, report } from '../support/report.ts';

const BLOCKS = 60_000;
const ROUNDS = 7;
/** Blocks a CPU second, at least. */
const LEAST = 200_000;
/** Services with six metrics each, at a block a second. */
const METRICS = 6_000;

const CASES = [
  { clients: 10, rate: 0.001 },
  { clients: 100, rate: 0.001 },
  { clients: 100, rate: 0.01 },
  { clients: 1_000, rate: 0.001 },
  { clients: 1_000, rate: 0.01 },
  { clients: 1_000, rate: 0.05 },
];

export function speed(): void {
  const judge = rateTest(RATE_DEFAULTS);
  const rows = CASES.map(({ clients, rate }) => {
    const random = seededRandom(1, clients);
    const candidates = clients / 10;
    const blocks = Array.from({ length: BLOCKS }, (_, second): RateBlock => {
      const arm = (n: number) => ({ n, bad: random.binomial(n, rate) });
      return { at: second * 1000, stable: arm(clients - candidates), candidate: arm(candidates) };
    });
    let state = judge.initial();
    const seconds = Array.from({ length: ROUNDS }, () => {
      state = judge.initial();
      const before = process.cpuUsage();
      for (const block of blocks) state = judge.observe(state, block);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1e6;
    });
    const best = BLOCKS / Math.min(...seconds);
    return { clients, rate, best, bytes: serialize(state).length };
  });
  report(
    `Speed: blocks of one metric a CPU second, ${BLOCKS.toLocaleString('en-US')} blocks, best of ${ROUNDS} rounds`,
    [
      'clients a block',
      'bad',
      'blocks a CPU second',
      `a core, of ${METRICS.toLocaleString('en-US')} metrics`,
      'bytes a metric',
    ],
    rows.map(({ clients, rate, best, bytes }) => [
      clients,
      `${100 * rate} %`,
      Math.round(best).toLocaleString('en-US'),
      `${((100 * METRICS) / best).toFixed(1)} %`,
      bytes.toLocaleString('en-US'),
    ]),
  );
  for (const { clients, rate, best, bytes } of rows) {
    const at = `${clients} clients, ${100 * rate} %:`;
    must(best >= LEAST, `${at} 200,000 blocks a second`);
    must(best >= METRICS / 0.05, `${at} 1,000 services with 6 metrics in 5 % of a core`);
    must(bytes < 4096, `${at} a metric below 4 KB`);
  }
}
