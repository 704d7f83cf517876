import { z } from 'zod';
import { described, duration, factor, oneOf, section, time } from './helpers.ts';

/** Quantiles by the names that people write. */
export const QUANTILES = { p50: 0.5, p75: 0.75, p90: 0.9, p95: 0.95, p99: 0.99, 'p99.9': 0.999 } as const;

const limit = (words: string) =>
  time({ description: `A limit: ${words} of the requests are faster.` }).optional();
const quantile = z.enum(Object.keys(QUANTILES) as (keyof typeof QUANTILES)[]);

/** `judge.latency` */
export const latency = oneOf(
  'false, or limits such as { p99: 500ms }, or { than-stable: [p50, p95, p99] }',
  z.literal(false),
  section({
    p50: limit('half'),
    p75: limit('75 %'),
    p90: limit('90 %'),
    p95: limit('95 %'),
    p99: limit('99 %'),
    'p99.9': limit('99.9 %'),
    'than-stable': described(z.array(quantile), {
      description:
        "Compared with stable where stable's own past has these quantiles. None where there are limits.",
      default: ['p50', 'p95', 'p99'],
    }).optional(),
    tolerate: factor({
      description:
        'Up to this many times as slow as stable is fine, for up to this many times as many requests.',
      default: '1.25x',
    }).optional(),
    floor: duration({
      description: 'What is quicker is never slow, but for limits.',
      default: '50ms',
    }).optional(),
    'warm-up': duration({
      description: 'So long after its first request, a candidate is taken back for requests that hang only.',
      default: '10s',
    }).optional(),
  }),
).meta({
  id: 'latency',
  description: 'When a candidate is slower than it may be. Default: compared with stable.',
  examples: [{ p99: '500ms' }, { 'than-stable': ['p50', 'p95', 'p99'] }, false],
});

export type FileLatency = z.output<typeof latency>;
