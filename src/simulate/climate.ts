/** How often clients come and requests fail at each moment of a simulated rollout. */
import type { Traffic } from './crowd.ts';
import type { Random } from './random.ts';
import { brokenFor, type Regression, rateOf, slownessOf } from './regression.ts';

/** What is not constant about a service, for either release. */
export interface Unrest {
  /** Arrivals swing by this share of their mean (0-1), once in so many seconds. */
  readonly tide?: { readonly share: number; readonly seconds: number };
  /**
   * Rates of failure are multiplied by a new number each `seconds`, exponential with mean 1: the same for both releases where it is
   * `shared`, else each its own.
   */
  readonly noise?: { readonly seconds: number; readonly shared: boolean };
  /** Rates of failure grow to this many times within so many seconds, evenly, and stay there. */
  readonly drift?: { readonly times: number; readonly seconds: number };
}

export interface Moment {
  /** Share of those who come at most that come now, 0-1. */
  readonly presence: number;
  /** Share of requests that fail, 0-1, by release. */
  readonly stable: number;
  readonly candidate: number;
  /** Share of the clients for whom each request to the candidate fails. */
  readonly broken: number;
  /** How many times as long as stable the candidate takes. */
  readonly slowness: number;
}

export interface Climate {
  /** Clients a second at most. */
  readonly most: number;
  /** So many seconds after the beginning, and after the candidate's first client (below 0: it has none yet). */
  at(seconds: number, exposed: number): Moment;
}

export function climateOf(traffic: Traffic, regression: Regression, random: Random): Climate {
  const { tide, noise, drift } = traffic.unrest ?? {};
  const swing = tide?.share ?? 0;
  const phase = tide === undefined ? 0 : random.uniform();
  let slot = -1;
  let factors = { stable: 1, candidate: 1 };

  const noisy = (seconds: number) => {
    if (noise === undefined) return factors;
    const now = Math.floor(seconds / noise.seconds);
    if (now !== slot) {
      const draw = () => -Math.log1p(-random.uniform());
      const stable = draw();
      factors = { stable, candidate: noise.shared ? stable : draw() };
    }
    slot = now;
    return factors;
  };

  return {
    most: traffic.clientsPerSecond * (1 + swing),
    at(seconds, exposed) {
      const turn = tide === undefined ? 0 : Math.sin(2 * Math.PI * (seconds / tide.seconds + phase));
      const grown =
        drift === undefined ? 1 : 1 + (drift.times - 1) * Math.min(1, Math.max(0, seconds) / drift.seconds);
      const base = Math.min(1, traffic.baseRate * grown);
      const { stable, candidate } = noisy(seconds);
      return {
        presence: (1 + swing * turn) / (1 + swing),
        stable: Math.min(1, base * stable),
        candidate: Math.min(1, rateOf(regression, base, exposed) * candidate),
        broken: brokenFor(regression, exposed),
        slowness: slownessOf(regression, exposed),
      };
    },
  };
}
