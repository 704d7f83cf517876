/** What a rollout under `pace: evidence` waits for, in words after "waiting for". They change only when the reason does. */

import type { PaceAction } from '../../judge/index.ts';
import { clients, excess } from '../../judge/index.ts';
import { ALL } from '../model.ts';
import type { Pacing } from '../waiting/pace.ts';
import { percent } from './shift.ts';

/** Of the rule, or of a person. */
export type PaceWait = (PaceAction & { kind: 'wait' })['for'] | 'person';

export function paceWaits(pacing: Pacing, reason: PaceWait): string {
  const here = percent(pacing.weight);
  switch (reason) {
    case 'traffic':
      return 'the clients to be counted, because how wide it may go depends on how many come';
    case 'dwell':
      return pacing.clientsPerSecond === 0
        ? `clients, at ${here} (none came lately; ${IMPATIENT})`
        : `enough clients at ${here}`;
    case 'evidence':
      return `the judge, at ${here} (${IMPATIENT}): the harm budget allows all clients, and nothing proves the candidate safe yet`;
    case 'budget':
      return `${better(pacing)}, at ${here} (${IMPATIENT})`;
    case 'person':
      return `a decision, at ${here}: ${excess(pacing)}, and the budget of ${clients(pacing.options.budget)} allows no more. \`teal promote\` goes on, \`teal abort\` takes it back, a higher judge.budget lets it go wider; with better evidence it goes on by itself`;
    case 'nothing':
      return 'the next step';
  }
}

/** For those who know better. */
const IMPATIENT = '`teal promote` does not wait';

function better(pacing: Pacing): string {
  const next = pacing.step === ALL || pacing.step === null ? 'all clients' : percent(pacing.step);
  return `the harm budget to allow ${next} (${clients(pacing.options.budget)})`;
}
