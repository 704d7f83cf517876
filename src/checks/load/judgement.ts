import type { LoadCheckSpec } from '../../core/service/check-spec.ts';
import { duration, figure, share } from '../words.ts';
import { errorsOf, type LoadStatistics, percentile } from './statistics.ts';

/** A generator later than this (p99, ms) did not produce the load that was asked for. */
export const MOST_LAG = 100;
/** A percentile this little above stable's (ms) is noise of the machine, whatever the ratio. */
export const LEAST_DIFFERENCE = 5;
/** A percentile means something when at least this many requests lie above it. */
const BEYOND = 10;

export const PERCENTILES = [
  { name: 'p50', q: 0.5 },
  { name: 'p95', q: 0.95 },
  { name: 'p99', q: 0.99 },
] as const;

/** What the figures of a load mean. */
export interface Judgement {
  readonly outcome: 'passed' | 'failed';
  readonly summary: string;
  /** Every reason to fail, as sentences; empty when passed. */
  readonly reasons: readonly string[];
  /** What a reader should know besides. */
  readonly notes: readonly string[];
}

/** `stable`: figures of the same load against stable; null where there is none or it was not asked for. */
export function judge(
  spec: LoadCheckSpec,
  candidate: LoadStatistics,
  stable: LoadStatistics | null,
): Judgement {
  const late = [candidate, ...(stable === null ? [] : [stable])].map(tooLate).filter((one) => one !== null);
  const compared = compare(spec, candidate, stable);
  // A generator that was late says nothing about the service, so nothing else it found counts.
  const reasons = late.length > 0 ? late.slice(0, 1) : [...limits(spec, candidate), ...compared.reasons];
  const { notes } = compared;
  if (reasons.length > 0) return { outcome: 'failed', summary: reasons[0]!, reasons, notes };
  return { outcome: 'passed', summary: figures(spec, candidate), reasons, notes };
}

function tooLate(statistics: LoadStatistics): string | null {
  const lag = percentile(statistics.lag, 0.99) ?? 0;
  if (lag <= MOST_LAG) return null;
  return `Inconclusive: the load generator was ${duration(lag)} behind its schedule at p99, more than ${duration(MOST_LAG)}`;
}

function limits(spec: LoadCheckSpec, statistics: LoadStatistics): string[] {
  const reasons: string[] = [];
  const at = `at ${figure(spec.rate)} requests a second`;
  const errors = errorsOf(statistics);
  const rate = errors / Math.max(1, statistics.requests);
  // Without this a service that is down would pass wherever no limit for errors is set.
  if (errors === statistics.requests) reasons.push(`None of ${figure(errors)} requests succeeded ${at}`);
  else if (spec.errors !== null && rate > spec.errors) {
    reasons.push(
      `${share(rate)} of the requests failed (${figure(errors)} of ${figure(statistics.requests)}), more than ${share(spec.errors)}, ${at}`,
    );
  }
  for (const { name, q } of PERCENTILES) {
    const limit = spec[name];
    const value = percentile(statistics.latency, q);
    if (limit === null || value === null || value <= limit) continue;
    reasons.push(`${name} ${duration(value)} is above ${duration(limit)} ${at}`);
  }
  return reasons;
}

function compare(
  spec: LoadCheckSpec,
  candidate: LoadStatistics,
  stable: LoadStatistics | null,
): { readonly reasons: string[]; readonly notes: string[] } {
  const reasons: string[] = [];
  const notes: string[] = [];
  if (spec.thanStable === null) return { reasons, notes };
  if (stable === null) {
    notes.push('Not compared with stable: there is no stable release yet.');
    return { reasons, notes };
  }
  for (const { name, q } of PERCENTILES) {
    const [slow, usual] = [percentile(candidate.latency, q), percentile(stable.latency, q)];
    const enough = Math.min(answered(candidate), answered(stable)) * (1 - q) >= BEYOND - 1e-9;
    if (slow === null || usual === null || !enough) {
      notes.push(
        `${name} was not compared: it takes ${figure(Math.round(BEYOND / (1 - q)))} answers of each.`,
      );
      continue;
    }
    if (slow <= usual * spec.thanStable || slow - usual < LEAST_DIFFERENCE) continue;
    reasons.push(
      `${name} ${duration(slow)} is ${figure(slow / usual)} times stable's ${duration(usual)}, more than ${figure(spec.thanStable)} times`,
    );
  }
  if (notes.length === PERCENTILES.length) {
    reasons.push('Too few answers to compare with stable: make `rate` or `for` larger');
  }
  return { reasons, notes };
}

const answered = (statistics: LoadStatistics) => statistics.latency.reduce((sum, [, n]) => sum + n, 0);

function figures(spec: LoadCheckSpec, statistics: LoadStatistics): string {
  const values = PERCENTILES.map(
    ({ name, q }) => `${name} ${duration(percentile(statistics.latency, q) ?? 0)}`,
  );
  const errors = share(errorsOf(statistics) / Math.max(1, statistics.requests));
  return `${figure(statistics.requests)} requests at ${figure(spec.rate)} a second: ${values.join(', ')}, errors ${errors}`;
}
