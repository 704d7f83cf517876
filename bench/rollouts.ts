/**
 * Whole rollouts by the real decisions and the real judge, beside Argo Rollouts and Flagger as documented: clients hurt, mean / 95th
 * percentile. `node bench/rollouts.ts [--runs 500] [--seed 1] [--rates 0.01,1,10,100,1000,10000] [--base-rates 0.001]
 * [--kinds "healthy,5%,..."] [--file teal.yaml]`; without a file a canary with the default settings.
 */
import { parseArgs } from 'node:util';
import { candidatesOf } from '../src/cli/simulate/options.ts';
import { argo, type Finding, flagger, study } from '../src/simulate/index.ts';
import { loadSpecFile, parseSpec } from '../src/spec/index.ts';
import { must, report } from './support/report.ts';

const KINDS = '1%,5%,50%,100%,2x,5x,10x,10% after 3m,10% after 10m,crash after 10s';
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    rates: { type: 'string', default: '0.01,1,10,100,1000,10000' },
    'base-rates': { type: 'string', default: '0.001' },
    kinds: { type: 'string', default: KINDS },
    file: { type: 'string' },
  },
});
const numbers = (list: string) => list.split(',').map(Number);
const { runs, seed } = { runs: Number(values.runs), seed: Number(values.seed) };
const [spec] =
  values.file === undefined
    ? parseSpec('service: bench\nrun: node server.js\nlisten: 8080\n', '/teal.yaml')
    : (await loadSpecFile(values.file)).services;
const candidates = candidatesOf({ regression: values.kinds });
const rules = [argo(), flagger()];

/** The study of one traffic, to its end. */
function findings(clientsPerSecond: number, baseRate: number): readonly Finding[] {
  const traffic = { clientsPerSecond, baseRate, requestsPerClient: 1, audience: null };
  const work = study({ spec: spec!, traffic, candidates, rules, runs, seed });
  for (;;) {
    const { value, done } = work.next();
    if (done) return value;
  }
}

const short = (value: number) =>
  (value < 10 ? Number(value.toFixed(1)) : Math.round(value)).toLocaleString('en-US');
const seconds = (ms: number | undefined) => (ms === undefined ? '-' : short(ms / 1000));
const percent = (share: number) => `${Number((100 * share).toFixed(2))} %`;

for (const baseRate of numbers(values['base-rates'])) {
  const rows = numbers(values.rates).flatMap((rate) => {
    const all = findings(rate, baseRate);
    return candidates.map(({ name }) => {
      const [teal, ...others] = all.filter(({ candidate }) => candidate === name) as [Finding, ...Finding[]];
      const best = others.reduce((a, b) => (b.hurt.mean < a.hurt.mean ? b : a));
      const healthy = all.find(({ candidate, by }) => candidate === 'healthy' && by === best.by)!;
      return { rate, name, teal, best, mark: healthy.takenBack >= 0.5 ? '*' : '' };
    });
  });
  report(
    `Whole rollouts, ${percent(baseRate)} of stable's requests fail, ${runs} runs a row, seed ${seed}`,
    [
      'clients a second',
      'candidate',
      'clients hurt: Teal',
      'the better of Argo and Flagger',
      'which',
      'taken back: Teal',
      'the other',
      's until taken back: Teal',
      'the other',
      's to 100 %: Teal',
      'the other',
    ],
    rows.map(({ rate, name, teal, best, mark }) => [
      rate,
      name,
      `${short(teal.hurt.mean)} / ${short(teal.hurt.p95)}`,
      `${short(best.hurt.mean)} / ${short(best.hurt.p95)}`,
      best.by + mark,
      percent(teal.takenBack),
      percent(best.takenBack),
      seconds(teal.back?.median),
      seconds(best.back?.median),
      seconds(teal.out?.median),
      seconds(best.out?.median),
    ]),
  );
  console.log('\n`*`: it takes back most of the healthy releases as well.');
  const isFound = ({ teal }: (typeof rows)[number]) => teal.takenBack >= 0.5;
  for (const row of rows) {
    const { rate, name, teal, best } = row;
    const at = `${name} at ${rate}/s, ${percent(baseRate)}: `;
    if (name === 'healthy') {
      must(teal.takenBack <= 0.003, `${at}false rollbacks at most .3 %, not ${percent(teal.takenBack)}`);
      if (rate >= 1) must((teal.out?.median ?? Infinity) <= 300_000, `${at}out within five minutes`);
      continue;
    }
    const [mine, theirs] = [teal.hurt.mean, best.hurt.mean];
    must(
      mine <= Math.max(1.5 * theirs, 1),
      `${at}hurts ${short(mine)}, more than 1.5 times ${short(theirs)}`,
    );
    if (rate >= 1000 && isFound(row))
      must(mine <= theirs / 10, `${at}hurts ${short(mine)}, a tenth of ${short(theirs)} is the goal`);
    const isGross = ['5%', '50%', '100%'].includes(name);
    if (rate === 100 && isGross)
      must(mine <= theirs / 5, `${at}hurts ${short(mine)}, a fifth of ${short(theirs)} is the goal`);
  }
}
