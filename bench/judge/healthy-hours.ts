/** Healthy hours of several kinds, and how many of them are harm at any time. */
import { RATE_DEFAULTS, type RateBlock, type RateTest, rateTest } from '../../src/judge/index.ts';
import { seededRandom } from '../../src/simulate/random.ts';
import { audienceBlocks } from '../../test/judge/audience.ts';

const HOUR = 3600;

export interface HoursPart {
  /** Of a scenario. */
  readonly name: string;
  /** The first of the hours, and how many. */
  readonly from: number;
  readonly hours: number;
  readonly seed: number;
}

/** Hours that were harm: with the settings as they ship, and without tolerance and floor. */
export interface HoursResult {
  readonly shipped: number;
  readonly strict: number;
}

type Hour = (seed: number, run: number) => Iterable<RateBlock>;

export interface Scenario {
  readonly name: string;
  readonly hour: Hour;
  /** Absent: at most alpha is promised. */
  readonly beyond?: 'strict' | 'both';
}

interface Weather {
  readonly clients?: number;
  readonly weight?: (second: number) => number;
  readonly p0?: (second: number) => number;
  readonly ratio?: number;
  /** Rates are multiplied by e to the power of a normal number of this standard deviation, anew each `seconds`, per arm. */
  readonly noise?: { readonly sd: number; readonly seconds: number };
  /** Requests of a client that fail come in bursts of this many on average, each counted. */
  readonly burst?: number;
}

function hourOf({
  clients = 100,
  weight = () => 0.1,
  p0 = () => 0.01,
  ratio = 1,
  noise,
  burst,
}: Weather): Hour {
  return function* (seed, run) {
    const random = seededRandom(seed, run);
    let factors = { stable: 1, candidate: 1 };
    for (let second = 0; second < HOUR; second++) {
      if (noise !== undefined && second % noise.seconds === 0) {
        factors = {
          stable: Math.exp(noise.sd * random.normal()),
          candidate: Math.exp(noise.sd * random.normal()),
        };
      }
      const n = random.poisson(clients);
      const n1 = random.binomial(n, weight(second));
      const arm = (count: number, rate: number) => {
        const bad = random.binomial(count, Math.min(1, rate));
        if (burst === undefined) return { n: count, bad };
        let requests = 0;
        for (let client = 0; client < bad; client++) requests += 1 + random.gap(1 / burst);
        return { n: count - bad + requests, bad: requests };
      };
      yield {
        at: second * 1000,
        stable: arm(n - n1, p0(second) * factors.stable),
        candidate: arm(n1, p0(second) * ratio * factors.candidate),
      };
    }
  };
}

const RAMP = (second: number) => [0.01, 0.05, 0.25, 0.5][Math.min(3, Math.floor(second / 120))]!;
const regulars: Hour = (seed, run) =>
  audienceBlocks(
    { clientsPerSecond: 50, requestsPerClient: 1, baseRate: 0, audience: 2_000, tail: 1.1 },
    HOUR,
    () => ({ share: 0.25, stable: 0.003, candidate: 0.003 }),
    seed,
    run,
  );

export const SCENARIOS: readonly Scenario[] = [
  { name: 'nothing happens, weight 10 %', hour: hourOf({}) },
  { name: 'nothing happens, weight 50 %', hour: hourOf({ weight: () => 0.5 }) },
  { name: '.1 % fail', hour: hourOf({ p0: () => 0.001 }) },
  { name: 'nobody fails', hour: hourOf({ p0: () => 0 }) },
  { name: 'just tolerable: 1.25 times as many fail', hour: hourOf({ ratio: 1.25 }), beyond: 'strict' },
  { name: 'weights change: 1, 5, 25, 50 %', hour: hourOf({ weight: RAMP }) },
  {
    name: 'an incident of both, ten times as many for three minutes',
    hour: hourOf({ weight: RAMP, p0: (second) => (second >= 600 && second < 780 ? 0.1 : 0.01) }),
  },
  { name: 'one client in 20 s', hour: hourOf({ clients: 0.05, weight: () => 0.5 }) },
  { name: 'nobody comes', hour: hourOf({ clients: 0 }) },
  { name: 'retries, 5 on average, clients counted', hour: hourOf({}) },
  { name: 'the same, requests counted', hour: hourOf({ burst: 5 }), beyond: 'both' },
  { name: 'an audience of 2,000 that comes back, Pareto visit rates', hour: regulars },
  {
    name: 'noise of each side by itself, sd 30 %, anew each 10 s',
    hour: hourOf({ noise: { sd: 0.3, seconds: 10 } }),
    beyond: 'both',
  },
  {
    name: 'one instance on each side, good or bad by 20 % all along',
    hour: hourOf({ noise: { sd: 0.2, seconds: HOUR } }),
    beyond: 'both',
  },
  {
    name: 'four instances on each side, likewise',
    hour: hourOf({ noise: { sd: 0.1, seconds: HOUR } }),
    beyond: 'both',
  },
];

const TESTS = {
  shipped: rateTest(RATE_DEFAULTS),
  strict: rateTest({ ...RATE_DEFAULTS, tolerate: 1, floor: 0 }),
};

export function healthyHours({ name, from, hours, seed }: HoursPart): HoursResult {
  const { hour } = SCENARIOS.find((scenario) => scenario.name === name)!;
  const harmed = { shipped: 0, strict: 0 };
  for (let run = from; run < from + hours; run++) {
    if (isHarm(TESTS.shipped, hour(seed, run))) harmed.shipped++;
    if (isHarm(TESTS.strict, hour(seed, run))) harmed.strict++;
  }
  return harmed;
}

function isHarm(test: RateTest, blocks: Iterable<RateBlock>): boolean {
  let state = test.initial();
  for (const block of blocks) {
    state = test.observe(state, block);
    if (state.harm !== null) return true;
  }
  return false;
}
