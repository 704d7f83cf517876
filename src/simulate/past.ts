import { type LatencyPast, NO_PAST, withPast } from '../evidence/latency.ts';
import { NO_DAY, type SwingsOfDay } from '../evidence/past.ts';
import { tenLikeTwo } from '../evidence/peak-traffic.ts';
import { addSwing, NO_SWINGS, type Swings } from '../judge/index.ts';
import { clientRate, EPOCH_SECONDS, type Traffic } from './crowd.ts';
import type { Random } from './random.ts';
import type { Stopwatch } from './stopwatch.ts';

const EPOCHS_A_DAY = 144;
const TENS_A_DAY = 8_640;
const TEN = 10;
const HOURS = 24;
const HOUR_SECONDS = 3_600;
const DAY = 86_400_000;

/** What stable did in the last 24 hours, as the router counted it; they were quiet. An audience came evenly. */
export function pastOf(traffic: Traffic, random: Random): { readonly n: number; readonly bad: number } {
  const { clientsPerSecond, audience } = traffic;
  const visits = clientsPerSecond * EPOCH_SECONDS * EPOCHS_A_DAY;
  const p0 = clientRate(traffic.baseRate, traffic);
  if (audience === null) {
    const n = random.poisson(visits);
    return { n, bad: random.binomial(n, p0) };
  }
  // A client's visits in an epoch are a Poisson number, and so are those that hurt it.
  const each = visits / EPOCHS_A_DAY / audience;
  const n = random.binomial(EPOCHS_A_DAY * audience, -Math.expm1(-each));
  return { n, bad: random.binomial(n, Math.expm1(-each * p0) / Math.expm1(-each)) };
}

/**
 * How much that varied before `at` (Unix ms): where rates of failure are noisy, so they were then, both releases alike. An audience's past is
 * counted as if nothing were known of it.
 */
export function swingsBefore(traffic: Traffic, at: number, random: Random): SwingsOfDay {
  const { clientsPerSecond, audience, unrest } = traffic;
  if (audience !== null) return NO_DAY;
  const noisy = unrest?.noise?.seconds ?? Number.POSITIVE_INFINITY;

  /** Slots of so many seconds. */
  function counted(slots: number, seconds: number): Swings {
    let swings = NO_SWINGS;
    let factor = 1;
    for (let slot = 0; slot < slots; slot++) {
      if (noisy < seconds) factor = noiseIn(seconds / noisy, random);
      else if ((slot * seconds) % noisy < seconds && noisy < DAY) factor = noiseIn(1, random);
      const n = random.poisson(clientsPerSecond * seconds);
      const bad = random.binomial(n, clientRate(Math.min(1, traffic.baseRate * factor), traffic));
      swings = addSwing(swings, at - (slots - slot) * seconds * 1000, { n, bad });
    }
    return swings;
  }

  // Of seconds an hour is enough, as if each hour were like it.
  const day = counted(TENS_A_DAY, TEN);
  const hour = counted(HOUR_SECONDS, 1);
  const windows = day.windows.map((window, j) => (j === 0 ? timesMany(hour.windows[0]!, HOURS) : window));
  return { since: at - DAY / 2, running: NO_SWINGS, before: { ...day, windows } };
}

/** So many times the sums. */
const timesMany = (window: Swings['windows'][number], times: number): Swings['windows'][number] => ({
  ...window,
  count: window.count * times,
  sumN: window.sumN * times,
  sumBad: window.sumBad * times,
  squareN: window.squareN * times,
  squareBad: window.squareBad * times,
});

/** The mean of so many exponential numbers. */
function noiseIn(numbers: number, random: Random): number {
  let sum = 0;
  for (let j = 0; j < Math.round(numbers); j++) sum -= Math.log1p(-random.uniform());
  return sum / Math.round(numbers);
}

/** Most clients that came in any ten seconds of the last 24 hours, or as many as in its busiest two, as the router counted them. */
export function busiestBefore({ clientsPerSecond, audience }: Traffic, random: Random): number {
  const visits = clientsPerSecond * 10;
  let most = 0;
  if (audience === null) {
    for (let slot = 0; slot < TENS_A_DAY; slot++) most = Math.max(most, random.poisson(visits));
    return most;
  }
  // Clients who stay are counted when an epoch begins, and hardly after that.
  const share = -Math.expm1(-visits / audience);
  for (let epoch = 0; epoch < EPOCHS_A_DAY; epoch++) most = Math.max(most, random.binomial(audience, share));
  const inTwo = -audience * Math.expm1(-visits / 5 / audience);
  return Math.max(most, tenLikeTwo(inTwo));
}

/** How long stable's requests took in the hour before `at` (Unix ms): one of each client and minute. */
export function latenciesBefore(
  { clientsPerSecond, audience }: Traffic,
  stopwatch: Stopwatch,
  at: number,
): LatencyPast {
  const visits = clientsPerSecond * 60;
  const aMinute = audience === null ? visits : -audience * Math.expm1(-visits / audience);
  return withPast(NO_PAST, stopwatch(Math.min(MOST_TIMED, Math.round(60 * aMinute)), 1), at);
}

/** Quantiles are no better for more. */
const MOST_TIMED = 1_000_000;
