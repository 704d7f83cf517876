import { ALL, type Rollout } from '../../core/model.ts';
import { candidateWeight } from '../../core/state.ts';
import type { Turn } from '../../core/turn.ts';
import { type Pacing, pacingOf } from '../../core/waiting/pace.ts';
import { clients, excess } from '../../judge/index.ts';
import type { PaceStatus } from '../schema.ts';
import { share } from '../words.ts';

/** How far evidence lets the rollout go; null: its times are fixed, or it is past its ramp. */
export function paceStatus(rollout: Rollout, turn: Turn): PaceStatus | null {
  if (rollout.takeBack || rollout.retreat.since !== null || candidateWeight(turn.state) === ALL) return null;
  const pacing = pacingOf(turn, rollout);
  if (pacing === null) return null;
  const { upper, clientsPerSecond, ceiling, step, options } = pacing;
  return {
    upper,
    clientsPerSecond,
    budget: options.budget,
    allowed: ceiling === null ? null : Math.floor(ceiling * ALL),
    next: step,
    explanation: inWords(pacing),
  };
}

function inWords(pacing: Pacing): string {
  const { clientsPerSecond, ceiling, options } = pacing;
  if (clientsPerSecond === null || ceiling === null) return 'the clients are being counted';
  const budget = `the budget of ${clients(options.budget)}`;
  const most =
    clientsPerSecond === 0 ? 'nobody has come' : `up to ${clients(clientsPerSecond)} come a second`;
  const allowed = share(Math.floor(ceiling * ALL));
  return `${excess(pacing)}; ${most}, of whom ${budget} allows it ${allowed}`;
}
