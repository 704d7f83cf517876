/** `pace: evidence`: what the judge's rule of the pace says of the running rollout. */
import { PACE_DEFAULTS, type PaceOptions, type PaceRuling, paceRule } from '../../judge/index.ts';
import { ALL, type Rollout, type StepState } from '../model.ts';
import { JUDGE_DEFAULTS, type ServiceSpec } from '../service/service-spec.ts';
import { candidateWeight, specOf } from '../state.ts';
import type { Turn } from '../turn.ts';
import { evidenceOf } from './alarm.ts';

/** Clients must have been counted for this long before anything follows from their number, ms. */
export const COUNTING = 30_000;
/** A bake with fewer clients than this says little. */
export const BAKE_CLIENTS = 100;

/** The rule's settings for a spec; null: its pace is fixed, or nothing is ever shared. */
export function paceOptionsOf({ strategy, judge, dwell }: ServiceSpec): PaceOptions | null {
  if (strategy.kind !== 'canary' || strategy.pace !== 'evidence') return null;
  const steps = strategy.steps
    .filter(({ weight }) => weight < ALL)
    // A time of its own, or a person to be asked, makes a step worth its while at any traffic.
    .map(({ weight, for: least, approve }) =>
      least === null && approve === null ? { weight } : { weight, atLeastSeconds: (least ?? dwell) / 1000 },
    );
  return {
    ...PACE_DEFAULTS,
    steps: [...steps, { weight: ALL }],
    budget: judge.budget,
    alphaUpper: judge.alphaBudget ?? JUDGE_DEFAULTS.alphaBudget,
    longestSeconds: (judge.longestWait ?? JUDGE_DEFAULTS.longestWait) / 1000,
    dwellSeconds: dwell / 1000,
  };
}

/** Whether evidence sets the pace of this rollout. A way back and a first deployment have no one to wait for. */
export function isPaced(turn: Turn, rollout: Rollout): boolean {
  return paceOptionsIn(turn, rollout) !== null;
}

/** Where the pace stands, and what the rule says to do now. */
export type Pacing = PaceRuling & { readonly clients: number; readonly options: PaceOptions };

/**
 * The rule's ruling; null: the pace is fixed. At a step whose weight is reached its time counts from there, in between from
 * the last change.
 */
export function pacingOf(turn: Turn, rollout: Rollout): Pacing | null {
  const options = paceOptionsIn(turn, rollout);
  if (options === null) return null;
  const evidence = evidenceOf(turn);
  const { upper, clientsPerSecond, countedSince, clients } = evidence?.pace ?? NOTHING;
  const measuredAt = (countedSince ?? turn.now) + COUNTING;
  const input = {
    weight: candidateWeight(turn.state),
    weightSince: weightSince(rollout),
    upper,
    clientsPerSecond: turn.now < measuredAt ? null : clientsPerSecond,
    measuredAt,
    clients,
  };
  // Harm is for its own line of `decide`, which does not ask for a pace.
  const ruling = paceRule(input, evidence?.metrics ?? [], options, turn.now);
  return { ...ruling, clients, options };
}

/** Whether this traffic makes a step too slow to tell anything, so that the pace leaves it out. */
export function isLeftOut(turn: Turn, rollout: Rollout, step: StepState): boolean {
  if (step.kind !== 'shift' || step.weight === ALL) return false;
  const next = pacingOf(turn, rollout)?.step ?? null;
  return next !== null && step.weight < next && candidateWeight(turn.state) < step.weight;
}

/** When the weight of now was reached, Unix ms. */
function weightSince(rollout: Rollout): number {
  const step = rollout.steps[rollout.step];
  const reached = step?.kind === 'observe' ? step.startedAt : rollout.splitAt;
  return reached ?? rollout.startedAt;
}

function paceOptionsIn(turn: Turn, rollout: Rollout): PaceOptions | null {
  if (rollout.kind === 'rollback' || !rollout.stable) return null;
  return paceOptionsOf(specOf(turn.state, rollout.candidate.release));
}

const NOTHING = { upper: 1, clientsPerSecond: 0, countedSince: null, clients: 0, alone: 0 };
