import type { Exposure, RatioGrid } from './ratio-grid.ts';

/** ln of what a block multiplies each alternative by: by its exposure alone, and more for each bad client of an arm. */
export interface BlockFactors {
  readonly exposure: readonly number[];
  readonly candidate: readonly number[];
  readonly stable: readonly number[];
}

type Clients = Pick<Exposure, 'n1' | 'n0'>;

/** Alternatives rise to this rate at most. */
const HIGHEST = 0.98;

/** From bad clients alone, as in `ratio-grid.ts`: no base rate is needed, and good clients say nothing. */
export function factorsOfBad({ size, steps, ratios, rho }: RatioGrid, { n1, n0 }: Clients): BlockFactors {
  const atNull = n1 * rho + n0;
  const [candidate, stable] = [new Array<number>(size), new Array<number>(size)];
  for (let j = 0; j < size; j++) {
    stable[j] = Math.log(atNull / (n1 * ratios[j]! + n0));
    candidate[j] = stable[j]! + steps[j]!;
  }
  return { exposure: new Array<number>(size).fill(0), candidate, stable };
}

/**
 * From good clients as well, which tell more where bad ones are frequent: the likelihood of rates `q0` and `q1 = r*q0` over that
 * of the rates on the boundary `p1 = rho*p0` that are nearest to them, in Kullback-Leibler divergence with n1 and n0 clients.
 * `baseRate`, for q0, is any guess made before the block; a bad one costs clients, not validity.
 *
 * Why it is a test: with true rates p the expectation is `A1(p1)^n1 * A0(p0)^n0`, A linear and 1 at the nearest rates. Its logarithm
 * is concave in p, and its gradient there points straight away from the null hypothesis: so within, it is at most 0.
 * The same holds where clients of an arm differ, because ln A is concave. Grunwald, de Heide & Koolen, safe testing; Turner, Ly &
 * Grunwald, generic E-variables for exact sequential k-sample tests.
 */
export function factorsOfBoth(
  { size, steps, ratios, rho }: RatioGrid,
  clients: Clients,
  baseRate: number,
): BlockFactors {
  const { n1, n0 } = clients;
  // Far enough from 1 for each alternative to stay outside the null hypothesis.
  const q0 = Math.min(baseRate, 0.5 / Math.max(1, rho));
  const exposure = new Array<number>(size);
  const candidate = new Array<number>(size);
  const stable = new Array<number>(size);
  for (let j = 0; j < size; j++) {
    const wanted = ratios[j]! * q0;
    const q1 = Math.min(HIGHEST, wanted);
    const p0 = nearest(rho, q1, q0, clients);
    // Three logarithms an alternative, of quotients: they are most of what a block costs.
    const good1 = Math.log((1 - q1) / (1 - rho * p0));
    const good0 = Math.log((1 - q0) / (1 - p0));
    const bad0 = Math.log(q0 / p0);
    const rise = q1 === wanted ? steps[j]! : Math.log(q1 / (rho * q0));
    exposure[j] = n1 * good1 + n0 * good0;
    candidate[j] = rise + bad0 - good1;
    stable[j] = bad0 - good0;
  }
  return { exposure, candidate, stable };
}

/** The rate p of stable, candidate's being rho*p, that makes q1 and q0 most likely: a root of a quadratic equation. */
function nearest(rho: number, q1: number, q0: number, { n1, n0 }: Clients): number {
  const bad = n1 * q1 + n0 * q0;
  const good1 = n1 * (1 - q1) * rho;
  const good0 = n0 * (1 - q0);
  const a = rho * (bad + good0) + good1;
  const b = bad * (1 + rho) + good1 + good0;
  return (2 * bad) / (b + Math.sqrt(Math.max(0, b * b - 4 * a * bad)));
}
