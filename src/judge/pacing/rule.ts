import { budgetWeight } from './harm-budget.ts';
import type { PaceOptions } from './options.ts';
import { dwellOf, ENOUGH_CLIENTS, stepsWorthwhile } from './steps.ts';
import type { PaceAction, PaceEvidence, PaceFigures } from './types.ts';

/** Evidence of harm at which a rollout that has waited for the longest time is taken back rather than finished. */
export const PRECAUTION = 10;
/** Below this growth it stays where it is: each change of weight is work for a router and a line in a journal. */
const LEAST_GROWTH = 1.1;

/**
 * Clients of candidate without which leaning to safe is no reason to finish before the longest wait is over. Where one client comes in ten seconds
 * (stable fails 0.1 %), 180 seconds show ten of them, and a release of which 5 % fail leans to safe in most cases; after 50 in few.
 */
export const LEANING_CLIENTS = 50;

/** What the rule of the pace needs to know. */
export interface PaceInput {
  /** Candidate's weight, basis points, and since when it has it, Unix ms. */
  readonly weight: number;
  readonly weightSince: number;
  /** Upper bound of candidate's excess, 0-1: `excessUpper`. */
  readonly upper: number;
  /** The expected peak of clients a second; null: it is being measured until `measuredAt` (Unix ms). */
  readonly clientsPerSecond: number | null;
  readonly measuredAt: number;
  /** Clients of candidate so far. */
  readonly clients: number;
}

export type PaceRuling = PaceFigures & { readonly action: PaceAction };

/** The rule of the pace, whoever keeps what it reads: a {@link PaceInput} in, what to do now out. */
export function paceRule(
  input: PaceInput,
  evidence: readonly PaceEvidence[],
  options: PaceOptions,
  now: number,
): PaceRuling {
  const figures = figuresOf(input, options);
  const action: PaceAction = evidence.some(({ verdict }) => verdict === 'harm')
    ? { kind: 'take-back', reason: 'harm' }
    : actionOf(input, figures, evidence, options, now);
  return { ...figures, action };
}

function figuresOf(input: PaceInput, options: PaceOptions): PaceFigures {
  const { weight, upper, clientsPerSecond } = input;
  if (clientsPerSecond === null) return { weight, step: null, upper, ceiling: null, clientsPerSecond };
  const steps = stepsWorthwhile(options.steps, clientsPerSecond);
  const step = steps.find((next) => next.weight > weight)?.weight ?? null;
  return { weight, step, upper, ceiling: allowed(input, options, 10_000).ceiling, clientsPerSecond };
}

function actionOf(
  input: PaceInput,
  { step, ceiling, clientsPerSecond }: PaceFigures,
  evidence: readonly PaceEvidence[],
  options: PaceOptions,
  now: number,
): PaceAction {
  const { weight, weightSince, clients } = input;
  if (clientsPerSecond === null) return wait('traffic', input.measuredAt);
  if (step === null) return wait('nothing', null);
  const dwelled = weightSince + dwellAt(weight, clientsPerSecond, options) * 1000;
  if (now < dwelled) return wait('dwell', dwelled);
  const latest = weightSince + options.longestSeconds * 1000;
  const isLast = step === 10_000;
  const wider = allowed(input, options, step).basisPoints;
  if (!isLast && wider > weight && (wider === step || wider >= weight * LEAST_GROWTH)) {
    return { kind: 'widen', weight: wider };
  }
  // Somebody has to be first, or nothing is ever known.
  if (weight === 0) return { kind: 'widen', weight: 1 };
  const isAllowed = isLast && ceiling === 1;
  if (isAllowed && evidence.length > 0) {
    if (evidence.every(({ verdict }) => verdict === 'safe')) return { kind: 'finish', finding: 'safe' };
    const leaning = clients < LEANING_CLIENTS ? latest : weightSince + options.leaningSeconds * 1000;
    const leans = evidence.every(({ leaningSafe }) => leaningSafe);
    if (leans && now >= Math.min(leaning, latest)) return { kind: 'finish', finding: 'undecided' };
    if (leans) return wait('evidence', Math.min(leaning, latest));
  }
  if (now < latest) return wait(isAllowed ? 'evidence' : 'budget', latest);
  return overdue(input, step, isAllowed, evidence);
}

/** The longest wait is over, and neither budget nor evidence lets the rollout go on. */
function overdue(
  { clients }: PaceInput,
  step: number,
  isAllowed: boolean,
  evidence: readonly PaceEvidence[],
): PaceAction {
  if (evidence.some(({ e }) => e.harm >= PRECAUTION)) return { kind: 'take-back', reason: 'precaution' };
  if (clients < ENOUGH_CLIENTS) {
    // Nobody is there to be hurt, and waiting for them has no end.
    return step === 10_000 ? { kind: 'finish', finding: 'not observed' } : { kind: 'widen', weight: step };
  }
  return isAllowed ? { kind: 'finish', finding: 'undecided' } : { kind: 'stuck' };
}

/** 0 between steps, where the budget alone decides. */
function dwellAt(weight: number, clientsPerSecond: number, options: PaceOptions): number {
  const step = options.steps.find((one) => one.weight === weight);
  return step === undefined ? 0 : dwellOf(step, clientsPerSecond, options);
}

function allowed(
  { weight, upper, clientsPerSecond }: PaceInput,
  { budget, blockSeconds, reactionSeconds }: PaceOptions,
  step: number,
) {
  // Nobody comes, so nobody can be hurt.
  if (!clientsPerSecond) return { ceiling: 1, basisPoints: Math.max(step, weight) };
  return budgetWeight({
    upper,
    budget,
    clientsPerSecond,
    blockSeconds,
    reactionSeconds,
    step,
    current: weight,
  });
}

function wait(reason: (PaceAction & { kind: 'wait' })['for'], until: number | null): PaceAction {
  return { kind: 'wait', for: reason, until };
}
