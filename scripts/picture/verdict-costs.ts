/**
 * Prints the two tables of docs/judge.md that say how many clients a verdict takes, by the code that ships.
 * Run: `node scripts/picture/verdict-costs.ts`, some minutes.
 */
import { conditionalLimit, RATE_DEFAULTS, type RateState, rateTest } from '../../src/judge/index.ts';
import { seededRandom } from '../../src/simulate/random.ts';

const START = 1_767_225_600_000;
const SECOND = 1_000;
const test = rateTest(RATE_DEFAULTS);

/** Rates of stable and of the candidate, clients a second, and how many releases: small regressions take long. */
const HARM = [
  [0.001, 1, 10, 400],
  [0.001, 0.3, 10, 400],
  [0.001, 0.05, 10, 400],
  [0.001, 0.01, 100, 400],
  [0.001, 0.002, 1_000, 100],
  [0.01, 0.3, 10, 400],
  [0.01, 0.05, 10, 400],
  [0.01, 0.02, 100, 400],
] as const;
const HARM_WEIGHTS = [0.01, 0.1, 0.5];

/** Rates of both. */
const SAFE = [0, 0.0005, 0.001, 0.01];
const SAFE_WEIGHTS = [0.1, 0.5];
const SAFE_RUNS = 60;

for (const [p0, p1, perSecond, runs] of HARM) {
  const cells = HARM_WEIGHTS.map((weight) => {
    const ends = Array.from({ length: runs }, (_, run) => {
      const end = endOf({ p0, p1, weight, perSecond, run }, ({ harm }) => harm !== null);
      return end.candidate;
    });
    const [clients, hurt] = [median(ends.map(({ n }) => n)), median(ends.map(({ bad }) => bad))];
    const { tolerate: rho, alphaHarm: alpha } = RATE_DEFAULTS;
    const limit = conditionalLimit({ p0, ratio: p1 / p0, w: weight, rho, alpha }).requests * weight;
    return `${words(clients)} clients, ${words(hurt)} hurt (${(clients / limit).toFixed(2)} times the limit)`;
  });
  print([percent(p0), percent(p1), ...cells]);
}
for (const rate of SAFE) {
  const cells = SAFE_WEIGHTS.map((weight) => {
    const ends = Array.from({ length: SAFE_RUNS }, (_, run) => {
      const end = endOf(
        { p0: rate, p1: rate, weight, perSecond: 100, run },
        (state) => test.logE(state).safe >= -Math.log(RATE_DEFAULTS.alphaSafe),
      );
      return end.candidate.n;
    });
    return words(median(ends));
  });
  print([percent(rate), ...cells]);
}

interface Release {
  readonly p0: number;
  readonly p1: number;
  readonly weight: number;
  readonly perSecond: number;
  readonly run: number;
}

/** Lets clients come, a block a second, until the judge has said what is waited for. */
function endOf(
  { p0, p1, weight, perSecond, run }: Release,
  isOver: (state: RateState) => boolean,
): RateState {
  const random = seededRandom(6, run);
  let state = test.initial();
  for (let t = 0; !isOver(state); t++) {
    const n = random.binomial(perSecond, weight);
    const rest = perSecond - n;
    const candidate = { n, bad: random.binomial(n, p1) };
    const stable = { n: rest, bad: random.binomial(rest, p0) };
    state = test.observe(state, { at: START + t * SECOND, candidate, stable });
  }
  return state;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function words(value: number): string {
  return value.toLocaleString('en-US');
}

function percent(rate: number): string {
  return `${Number((100 * rate).toPrecision(3))} %`;
}

function print(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}
