import { figure, percent, whole } from '../explain/words.ts';
import type { PaceOptions } from './options.ts';
import type { PaceAction, PaceFigures } from './types.ts';

/** What happens and why, in one sentence; `candidates`: clients of candidate so far. */
export function explainPace(
  action: PaceAction,
  figures: PaceFigures,
  candidates: number,
  options: PaceOptions,
  now: number,
): string {
  switch (action.kind) {
    case 'widen':
      return `${share(action.weight)} of the clients: ${excess(figures)}, and the budget of ${clients(options.budget)} allows that`;
    case 'wait':
      return waiting(action, figures, options, now);
    case 'finish':
      return finished(action.finding, figures, candidates, options);
    case 'take-back':
      return action.reason === 'harm'
        ? 'taken back: harm is proven'
        : `taken back as a precaution: after ${time(options.longestSeconds)} there is evidence of harm, short of a proof`;
    case 'stuck':
      return `waits for a decision: ${excess(figures)}, and in ${time(options.longestSeconds)} that did not become small enough for more than ${share(figures.weight)} of the clients; promote it, take it back, or allow a higher budget`;
  }
}

function waiting(
  { for: reason, until }: PaceAction & { kind: 'wait' },
  figures: PaceFigures,
  options: PaceOptions,
  now: number,
): string {
  const left = until === null ? '' : time((until - now) / 1000);
  switch (reason) {
    case 'traffic':
      return `counts the clients for ${left} more, because how wide it may go depends on how many come`;
    case 'dwell':
      return `stays at ${share(figures.weight)} for ${left} more, so that enough clients can have come`;
    case 'budget':
      return `stays at ${share(figures.weight)} until it is known better: ${excess(figures)}, and the budget of ${clients(options.budget)} allows no more; for ${left} at most`;
    case 'evidence':
      return `waits for a verdict, for ${left} at most`;
    case 'nothing':
      return 'has all of the clients';
  }
}

function finished(
  finding: (PaceAction & { kind: 'finish' })['finding'],
  figures: PaceFigures,
  candidates: number,
  options: PaceOptions,
): string {
  if (finding === 'safe') return 'safe';
  if (finding === 'not observed') {
    const came = candidates === 0 ? 'no client came' : `only ${clients(candidates)} came`;
    return `not observed: ${came} in ${time(options.longestSeconds)}`;
  }
  const perMinute = figures.upper * (figures.clientsPerSecond ?? 0) * 60;
  return `undecided: ${excess(figures)}, that is ${clients(perMinute)} a minute when most come`;
}

/** What is known of the excess, as a clause. */
export const excess = ({ upper }: Pick<PaceFigures, 'upper'>): string =>
  upper === 1
    ? 'nothing is known of it yet'
    : `it hurts at most ${percent(upper)} more of its clients than stable`;

const share = (basisPoints: number): string => percent(basisPoints / 10_000);

/** `1 client`, `1.1 clients`. */
export const clients = (n: number): string =>
  n === 1 ? '1 client' : `${n >= 10 ? whole(n) : figure(n)} clients`;

function time(seconds: number): string {
  const rounded = Math.max(1, Math.ceil(seconds));
  return rounded < 120 ? `${rounded} s` : `${Math.ceil(rounded / 60)} minutes`;
}
