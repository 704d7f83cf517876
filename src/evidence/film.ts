/** What the judge said over time, for those who look back at a rollout. Plain data that survives JSON. */
import type { MetricVerdict } from '../core/world.ts';

/** What was known of every metric at one moment. */
export interface Moment {
  /** Unix ms. */
  readonly at: number;
  /** Candidate's share, basis points. */
  readonly weight: number;
  readonly metrics: Readonly<Record<string, MetricMoment>>;
}

/** Counts and E values since the rollout's beginning. */
export type MetricMoment = Pick<MetricVerdict, 'verdict' | 'e' | 'ratio' | 'candidate' | 'stable'>;

export interface Film {
  /** Least time between two moments, ms. */
  readonly every: number;
  /** Oldest first, at most {@link MOST}. */
  readonly moments: readonly Moment[];
}

/** Evidence comes once a second, more or less. */
const OFTEN = 750;
/** As many as fit beside each other on a terminal, and few enough to be kept with every second's evidence. */
const MOST = 60;

export const EMPTY_FILM: Film = { every: OFTEN, moments: [] };

/** Takes in what is known now, unless the last moment is too near; a full film keeps every second moment and slows down. */
export function filmed(film: Film, at: number, weight: number, metrics: readonly MetricVerdict[]): Film {
  const last = film.moments.at(-1);
  if (metrics.length === 0 || (last !== undefined && at < last.at + film.every)) return film;
  const moments = [...film.moments, momentOf(at, weight, metrics)];
  if (moments.length <= MOST) return { ...film, moments };
  return { every: film.every * 2, moments: moments.filter((_, index) => index % 2 === 0) };
}

/** The moment that these verdicts make. */
export function momentOf(at: number, weight: number, metrics: readonly MetricVerdict[]): Moment {
  return {
    at,
    weight,
    metrics: Object.fromEntries(
      metrics.map(({ metric, verdict, e, ratio, candidate, stable }) => [
        metric,
        {
          verdict,
          e: { harm: short(e.harm), safe: short(e.safe) },
          ratio: [short(ratio[0]), short(ratio[1])] as const,
          candidate,
          stable,
        },
      ]),
    ),
  };
}

/** Four digits are more than any picture shows. */
const short = (value: number): number => Number(value.toPrecision(4));
