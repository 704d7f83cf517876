/** How long simulated requests take: lognormal, as those of most services nearly are. */
import { bucketOf, type Latencies, upperEdge } from '../judge/index.ts';
import { normalAbove } from '../judge/reference/special.ts';
import type { Random } from './random.ts';

export interface LatencyModel {
  /** ms that half of stable's requests stay below. */
  readonly median: number;
  /** Standard deviation of the logarithm; .8: one in 20 takes 3.7 times the median, one in 100 6.4 times. */
  readonly spread: number;
}

/** Times of so many requests, each `slowness` times as long as stable's, by bucket of the judge's histogram. */
export type Stopwatch = (requests: number, slowness: number) => Latencies;

/** From so many on it is cheaper to ask each bucket how many are in it. */
const MANY = 150;
/** Beyond so many standard deviations nobody is: one in 10^12. */
const EDGE = 7;

export function stopwatchOf({ median, spread }: LatencyModel, random: Random): Stopwatch {
  const known = new Map<number, readonly Chance[]>();

  function each(requests: number, slowness: number): Latencies {
    const counts = new Map<number, number>();
    for (let request = 0; request < requests; request++) {
      const bucket = bucketOf(1000 * median * slowness * Math.exp(spread * random.normal()));
      counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
    }
    return [...counts];
  }

  /** A multinomial number, one binomial after the other. */
  function together(requests: number, slowness: number): Latencies {
    const chances = known.get(slowness) ?? chancesOf(1000 * median * slowness, spread);
    known.set(slowness, chances);
    const counts: [number, number][] = [];
    let left = requests;
    for (const { bucket, share } of chances) {
      const count = random.binomial(left, share);
      if (count > 0) counts.push([bucket, count]);
      left -= count;
      if (left === 0) break;
    }
    return counts;
  }

  return (requests, slowness) => (requests < MANY ? each : together)(requests, slowness);
}

interface Chance {
  readonly bucket: number;
  /** Of those that are in no bucket before it, 0-1. */
  readonly share: number;
}

function chancesOf(microseconds: number, spread: number): readonly Chance[] {
  const [first, last] = [-EDGE, EDGE].map((z) => bucketOf(microseconds * Math.exp(spread * z))) as [
    number,
    number,
  ];
  const above = (bucket: number) => normalAbove(Math.log(upperEdge(bucket) / microseconds) / spread);
  return Array.from({ length: last - first + 1 }, (_, j): Chance => {
    const bucket = first + j;
    if (bucket === last) return { bucket, share: 1 };
    const before = bucket === first ? 1 : above(bucket - 1);
    return { bucket, share: 1 - above(bucket) / before };
  });
}
