/**
 * The judge and the pace: how near to the limit of information, false alarms in healthy hours, speed, and whole rollouts beside other
 * tools. `node bench/judge.ts [--only grid,healthy,speed,rollouts,surprises] [--seed 1] [--runs N] [--rates 1,10,100,1000]
 * [--base-rates 0,0.001,0.01] [--kinds "1%,5x,..."] [--file teal.yaml]`; `--runs` is for each cell, scenario or row. The whole takes about
 * ten minutes of one core.
 */
import { parseArgs } from 'node:util';
import { grid } from './judge/grid.ts';
import { healthy } from './judge/healthy.ts';
import { KINDS, rollouts } from './judge/rollouts.ts';
import { speed } from './judge/speed.ts';
import { surprises } from './judge/surprises.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'grid,healthy,speed,rollouts,surprises' },
    seed: { type: 'string', default: '1' },
    runs: { type: 'string' },
    rates: { type: 'string' },
    'base-rates': { type: 'string', default: '0,0.001,0.01' },
    kinds: { type: 'string', default: KINDS },
    file: { type: 'string' },
  },
});
const numbers = (list: string) => list.split(',').map(Number);
const seed = Number(values.seed);
const runs = (usual: number) => (values.runs === undefined ? usual : Number(values.runs));

const parts: Readonly<Record<string, () => void | Promise<void>>> = {
  grid: () => grid({ runs: runs(2_000), seed }),
  healthy: () => healthy({ hours: runs(200), seed }),
  speed,
  rollouts: () =>
    rollouts({
      runs: runs(40),
      seed,
      rates: numbers(values.rates ?? '0.01,1,10,100,1000,10000'),
      baseRates: numbers(values['base-rates']),
      kinds: values.kinds,
      file: values.file ?? null,
    }),
  surprises: () => surprises({ runs: runs(30), seed, rates: numbers(values.rates ?? '10,100,1000') }),
};

const wanted = values.only.split(',');
const unknown = wanted.filter((name) => parts[name] === undefined);
if (unknown.length > 0) {
  console.error(`--only knows ${Object.keys(parts).join(', ')}, not ${unknown.join(', ')}`);
  process.exitCode = 2;
} else for (const name of wanted) await parts[name]!();
