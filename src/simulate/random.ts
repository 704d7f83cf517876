/** Chance from a seed: the same seed gives the same rollout, on every machine. */
export interface Random {
  /** In [0, 1), 32 bits. */
  uniform(): number;
  poisson(mean: number): number;
  /** Successes among `n` chances of probability `p`. */
  binomial(n: number, p: number): number;
  /** Standard normal. */
  normal(): number;
  /** Failures before the first success of probability `p` (0 < p <= 1). */
  gap(p: number): number;
}

/**
 * sfc32 by Chris Doty-Humphrey (PractRand), 128 bits of state, period about 2^127; seeded by `seed` and `stream`, both taken
 * modulo 2^32, and twelve steps that are thrown away, as its author does.
 */
export function seededRandom(seed: number, stream = 0): Random {
  let [a, b, c, counter] = [seed | 0, stream | 0, 0x9e3779b9 | 0, 1];
  function uniform(): number {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return (t >>> 0) / 4_294_967_296;
  }
  for (let step = 0; step < 12; step++) uniform();
  return {
    uniform,
    poisson: (mean) => poisson(mean, uniform),
    binomial: (n, p) => (p > 0.5 ? n - binomial(n, 1 - p, uniform) : binomial(n, p, uniform)),
    // Box and Muller's.
    normal: () => Math.sqrt(-2 * Math.log1p(-uniform())) * Math.cos(2 * Math.PI * uniform()),
    gap: (p) => (p >= 1 ? 0 : Math.floor(Math.log1p(-uniform()) / Math.log1p(-p))),
  };
}

/** Below this mean it is cheaper to count. */
const SMALL = 10;

/** Knuth's product where the mean is small, else Hörmann's transformed rejection with squeeze (PTRS, 1993). */
function poisson(mean: number, uniform: () => number): number {
  if (mean < SMALL) {
    const floor = Math.exp(-mean);
    let count = 0;
    for (let product = uniform(); product > floor; product *= uniform()) count++;
    return count;
  }
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverse = 1.1239 + 1.1328 / (b - 3.4);
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = uniform() - 0.5;
    const v = uniform();
    const edge = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / edge + b) * u + mean + 0.43);
    if (edge >= 0.07 && v <= squeeze) return k;
    if (k < 0 || (edge < 0.013 && v > edge)) continue;
    const density = k * Math.log(mean) - mean - logFactorial(k);
    if (Math.log((v * inverse) / (a / (edge * edge) + b)) <= density) return k;
  }
}

/** By the gaps between successes where they are few, else Hörmann's BTRS (1993). p <= 1/2. */
function binomial(n: number, p: number, uniform: () => number): number {
  if (n === 0 || p <= 0) return 0;
  if (n * p < SMALL) {
    const log = Math.log1p(-p);
    let successes = -1;
    for (let at = 0; at <= n; successes++) at += Math.floor(Math.log1p(-uniform()) / log) + 1;
    return successes;
  }
  const odds = p / (1 - p);
  const spread = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const alpha = (2.83 + 5.1 / b) * spread;
  const squeeze = 0.92 - 4.2 / b;
  const mode = Math.floor((n + 1) * p);
  for (;;) {
    const u = uniform() - 0.5;
    const v = uniform();
    const edge = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / edge + b) * u + n * p + 0.5);
    if (k < 0 || k > n) continue;
    if (edge >= 0.07 && v <= squeeze) return k;
    const density =
      (k - mode) * Math.log(odds) +
      logFactorial(mode) +
      logFactorial(n - mode) -
      logFactorial(k) -
      logFactorial(n - k);
    if (Math.log((v * alpha) / (a / (edge * edge) + b)) <= density) return k;
  }
}

/** ln k!, by Stirling's series from 10 on (error below 1e-10). */
function logFactorial(k: number): number {
  if (k < 10) {
    let product = 1;
    for (let factor = 2; factor <= k; factor++) product *= factor;
    return Math.log(product);
  }
  const x = k + 1;
  const inverse = 1 / (x * x);
  const series = (1 / 12 - (1 / 360 - inverse / 1260) * inverse) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}
