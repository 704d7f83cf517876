/**
 * The judge and the pace: how near to the limit of information, false alarms in healthy hours, speed, and whole rollouts beside other
 * tools. `node bench/judge.ts [--only grid,healthy,speed,rollouts,surprises] [--seed 1] [--runs N] [--rates 1,10,100,1000]
 * [--base-rates 0,0.001,0.01] [--kinds "1%,5x,..."] [--file teal.yaml] [--jobs N] [--keep FILE]`; `--runs` is for each cell, scenario
 * or row. `--jobs` threads work on it, one a core unless said otherwise; `--keep` appends the result of each part to a file, and
 * does no part again that is there, by the same code and settings. At its usual size, all takes about an hour of two cores.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { grid } from './judge/grid.ts';
import { healthy } from './judge/healthy.ts';
import { jobsOf } from './judge/jobs.ts';
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
    jobs: { type: 'string', default: String(availableParallelism()) },
    keep: { type: 'string' },
  },
});
const numbers = (list: string) => list.split(',').map(Number);
const seed = Number(values.seed);
const runs = (usual: number) => (values.runs === undefined ? usual : Number(values.runs));
const file = values.file ?? null;
const jobs = jobsOf({
  threads: Math.max(1, Number(values.jobs)),
  file: values.keep ?? null,
  given: file === null ? [] : [file],
});

const parts: Readonly<Record<string, () => void | Promise<void>>> = {
  grid: () => grid(jobs, { runs: runs(2_000), seed }),
  healthy: () => healthy(jobs, { hours: runs(1_000), seed }),
  speed,
  rollouts: () =>
    rollouts(jobs, {
      runs: runs(500),
      seed,
      file,
      rates: numbers(values.rates ?? '0.01,0.1,1,10,100,1000,10000'),
      baseRates: numbers(values['base-rates']),
      kinds: values.kinds,
    }),
  surprises: () =>
    surprises(jobs, { runs: runs(200), seed, file, rates: numbers(values.rates ?? '10,100,1000') }),
};

const wanted = values.only.split(',');
const unknown = wanted.filter((name) => parts[name] === undefined);
if (unknown.length > 0) {
  console.error(`--only knows ${Object.keys(parts).join(', ')}, not ${unknown.join(', ')}`);
  process.exitCode = 2;
} else for (const name of wanted) await parts[name]!();
