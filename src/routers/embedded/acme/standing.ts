import type { ObservedRouting } from '../../../core/world.ts';
import type { Attempt } from './attempt.ts';
import { retryAt } from './schedule.ts';
import type { Wish } from './wishes.ts';

/** How it is with one ordered certificate. */
export interface Standing {
  readonly wish: Wish;
  /** Its life, ms since 1970; null: there is none. */
  readonly life: { readonly from: number; readonly to: number } | null;
  /** null: the last order succeeded, or there was none. */
  readonly attempt: Attempt | null;
  /** null: it can be ordered. */
  readonly obstacle: string | null;
}

/** In words. `problem`: nobody is served by HTTPS; `warning`: somebody should see to it. */
export type Remark = Pick<ObservedRouting, 'problem'> & { readonly warning: string | null };

/** What is to be said of it; `spread` is that of {@link retryAt}. */
export function remarkOn({ wish, life, attempt, obstacle }: Standing, spread: number, now: number): Remark {
  const { host, directory } = wish;
  const trouble =
    obstacle ??
    (attempt === null ? null : `${attempt.why} Tried again at ${shown(retryAt(attempt, spread))}.`);
  if (life !== null && life.to > now) {
    const good = `The certificate of ${host} is good until ${shown(life.to)}, but was not renewed:`;
    return { problem: null, warning: trouble === null ? null : `${good} ${trouble}` };
  }
  const lost =
    life === null
      ? `There is no certificate for ${host} yet, so nobody is served by HTTPS there`
      : `The certificate of ${host} ended at ${shown(life.to)}`;
  const problem =
    trouble === null ? `${lost}; it is being ordered from ${directory}.` : `${lost}. ${trouble}`;
  return { problem, warning: null };
}

/** What the router observes, and what is to be said of its ordered certificate. */
export function withRemark(observed: ObservedRouting, { problem, warning }: Remark): ObservedRouting {
  const warnings = [observed.warning ?? null, warning].filter((one) => one !== null);
  return {
    ...observed,
    problem: observed.problem ?? problem,
    warning: warnings.length === 0 ? null : warnings.join(' '),
  };
}

const shown = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
