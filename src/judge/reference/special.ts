/** Special functions, to about 1e-13; DLMF names the formulas. */

const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];
const HALF_LOG_TWO_PI = 0.9189385332046727;

/** ln Gamma(x), x > 0: Stirling's series (DLMF 5.11.1) after shifting x above 12. */
export function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  for (; z < 12; z++) shift += Math.log(z);
  const series = STIRLING.reduce((sum, term, k) => sum + term / z ** (2 * k + 1), 0);
  return (z - 0.5) * Math.log(z) - z + HALF_LOG_TWO_PI + series - shift;
}

/** ln B(a, b). */
export const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b);

/** ln of the binomial coefficient. */
export const logChoose = (n: number, k: number): number =>
  logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);

/** ln I_x(a, b), the regularised incomplete beta function, by the continued fraction of DLMF 8.17.22. */
export function logBetaBelow(a: number, b: number, x: number): number {
  if (x <= 0) return Number.NEGATIVE_INFINITY;
  if (x >= 1) return 0;
  if (x > (a + 1) / (a + b + 2)) return Math.log1p(-Math.exp(logBetaBelow(b, a, 1 - x)));
  return a * Math.log(x) + b * Math.log1p(-x) - Math.log(a) - logBeta(a, b) + Math.log(fraction(a, b, x));
}

/** ln(1 - I_x(a, b)). */
export const logBetaAbove = (a: number, b: number, x: number): number => logBetaBelow(b, a, 1 - x);

/** Modified Lentz evaluation. */
function fraction(a: number, b: number, x: number): number {
  const tiny = 1e-300;
  const lift = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / lift(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let change = 1;
    for (const term of [even, odd]) {
      d = 1 / lift(1 + term * d);
      c = lift(1 + term / c);
      change *= c * d;
    }
    result *= change;
    if (Math.abs(change - 1) < 1e-16) break;
  }
  return result;
}

/** P(Z > z) of a standard normal, with small relative error in the tail too. */
export function normalAbove(z: number): number {
  if (z < 0) return 1 - normalAbove(-z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z < 3) {
    // P(0 < Z < z) = density * (z + z^3/3 + z^5/(3*5) + ...), DLMF 7.6.2.
    let term = z;
    let sum = z;
    for (let k = 3; term > sum * 1e-18; k += 2) {
      term *= (z * z) / k;
      sum += term;
    }
    return 0.5 - density * sum;
  }
  // Mills' ratio as the continued fraction 1/(z + 1/(z + 2/(z + ...))), DLMF 7.9.
  let tail = z;
  for (let k = 200; k >= 1; k--) tail = z + k / tail;
  return density / tail;
}
