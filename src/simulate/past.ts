import { type LatencyPast, NO_PAST, withPast } from '../evidence/latency.ts';
import { tenLikeTwo } from '../evidence/peak-traffic.ts';
import { clientRate, EPOCH_SECONDS, type Traffic } from './crowd.ts';
import type { Random } from './random.ts';
import type { Stopwatch } from './stopwatch.ts';

const EPOCHS_A_DAY = 144;
const TENS_A_DAY = 8_640;

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
