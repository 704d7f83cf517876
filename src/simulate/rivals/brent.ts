/**
 * Root of `f` between two points where its signs differ, to within `tolerance`: Brent's `zero` (Algorithms for Minimization
 * without Derivatives, 1973) as in Netlib's and R's `zeroin`. Of a function with jumps it finds a jump, and which side of it
 * it returns depends on every step, so the order of the operations matters.
 */
export function brentRoot(f: (x: number) => number, from: number, to: number, tolerance: number): number {
  let [a, b] = [from, to];
  let [fa, fb] = [f(a), f(b)];
  let [c, fc] = [a, fa];
  if (fa === 0) return a;
  for (let round = 0; round < 1000; round++) {
    const previous = b - a;
    if (Math.abs(fc) < Math.abs(fb)) {
      [a, b, c] = [b, c, b];
      [fa, fb, fc] = [fb, fc, fb];
    }
    const least = 2 * Number.EPSILON * Math.abs(b) + tolerance / 2;
    let step = (c - b) / 2;
    if (Math.abs(step) <= least || fb === 0) return b;
    if (Math.abs(previous) >= least && Math.abs(fa) > Math.abs(fb)) {
      const { p, q } = interpolated(a, b, c, fa, fb, fc);
      if (p < 0.75 * (c - b) * q - Math.abs(least * q) / 2 && p < Math.abs((previous * q) / 2)) step = p / q;
    }
    if (Math.abs(step) < least) step = step > 0 ? least : -least;
    [a, fa] = [b, fb];
    b += step;
    fb = f(b);
    if ((fb > 0 && fc > 0) || (fb < 0 && fc < 0)) [c, fc] = [a, fa];
  }
  return b;
}

/** The step p/q, p > 0: linear through two points, inverse quadratic through three. */
function interpolated(a: number, b: number, c: number, fa: number, fb: number, fc: number) {
  let p: number;
  let q: number;
  if (a === c) {
    const t = fb / fa;
    p = (c - b) * t;
    q = 1 - t;
  } else {
    const [s, t1, t2] = [fa / fc, fb / fc, fb / fa];
    p = t2 * ((c - b) * s * (s - t1) - (b - a) * (t1 - 1));
    q = (s - 1) * (t1 - 1) * (t2 - 1);
  }
  return p > 0 ? { p, q: -q } : { p: -p, q };
}
