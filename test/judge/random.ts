/** Seeded numbers in [0, 1): mulberry32, so that a failing run is a failing test for ever. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Successes among n at probability p, by the gaps between them. */
export function binomial(random: () => number, n: number, p: number): number {
  if (p <= 0) return 0;
  if (p >= 1) return n;
  let successes = 0;
  let at = 0;
  for (;;) {
    at += Math.floor(Math.log(1 - random()) / Math.log1p(-p)) + 1;
    if (at > n) return successes;
    successes++;
  }
}

/** P(X > most) of a binomial. */
export function binomialAbove(n: number, p: number, most: number): number {
  let term = (1 - p) ** n;
  let below = term;
  for (let k = 1; k <= most; k++) {
    term *= ((n - k + 1) / k) * (p / (1 - p));
    below += term;
  }
  return 1 - below;
}

/** Probability of each number of bad ones among n. */
export function distribution(n: number, p: number): number[] {
  const logs = [n * Math.log1p(-p)];
  for (let k = 1; k <= n; k++) logs.push(logs[k - 1]! + Math.log((n - k + 1) / k) + Math.log(p / (1 - p)));
  return logs.map(Math.exp);
}
