import { belowLimit } from '../rates/absolute.ts';
import { conditionalLimit } from '../rates/limit.ts';
import type { RateVerdict } from '../rates/rate-types.ts';

/** A mixture needs about this many times the clients that the information limit names. */
const OVER_THE_LIMIT = 1.2;

/**
 * About how many more clients of candidate would make it safe, if both rates stayed what they are: by the floor where
 * candidate is below it, by the ratio where it is not worse than stable. null: at these rates it never would be.
 */
export function clientsUntilSafe(verdict: RateVerdict): number | null {
  const estimates = [byFloor(verdict), byRatio(verdict)].filter((n) => n !== null);
  return estimates.length === 0 ? null : Math.max(1, Math.ceil(Math.min(...estimates) - verdict.candidate.n));
}

function byFloor({ candidate, options, needed }: RateVerdict): number | null {
  const { floor } = options;
  if (floor === 0 || candidate.n === 0 || candidate.bad / candidate.n >= floor) return null;
  // Half of the safe evidence is the floor's.
  const below = belowLimit(floor);
  const enough = (n: number) => below(n, (candidate.bad / candidate.n) * n) >= Math.log(2 * needed.safe);
  let high = candidate.n;
  for (; !enough(high); high *= 2) if (high > Number.MAX_SAFE_INTEGER) return null;
  let low = 0;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function byRatio({ candidate, stable, options, needed }: RateVerdict): number | null {
  if (candidate.bad === 0 || stable.bad === 0 || stable.bad >= stable.n) return null;
  const p0 = stable.bad / stable.n;
  const ratio = candidate.bad / candidate.n / p0;
  if (ratio >= options.rhoSafe) return null;
  const w = candidate.n / (candidate.n + stable.n);
  const limit = conditionalLimit({ p0, ratio, w, rho: options.rhoSafe, alpha: 1 / (2 * needed.safe) });
  return limit.requests * w * OVER_THE_LIMIT;
}
