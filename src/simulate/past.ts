import { clientRate, EPOCH_SECONDS, type Traffic } from './crowd.ts';
import type { Random } from './random.ts';

const EPOCHS_A_DAY = 144;

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
