import { event } from '../../turn.ts';
import type { Answer } from './answer.ts';
import { accept, noRollout, refuse, takingBack } from './answer.ts';

/** Opens the gate that the rollout stands at. */
export const approve: Answer = (turn, command) => {
  const { rollout } = turn.state;
  if (!rollout) return noRollout(turn, command);
  if (rollout.takeBack) return takingBack(turn, command);
  const step = rollout.steps[rollout.step];
  if (step?.kind !== 'approve' || step.state !== 'running') {
    const gate = rollout.steps.some(({ kind, state }) => kind === 'approve' && state === 'pending');
    return refuse(turn, command, {
      code: 'E_NOTHING_TO_APPROVE',
      reason: gate ? `${rollout.id} has not reached its gate yet` : `${rollout.id} has no gate to open`,
      fix: gate
        ? `Approve when it waits there (teal status ${turn.state.service}), or pass all gates with teal promote.`
        : `See what it waits for with teal status ${turn.state.service}.`,
    });
  }
  const note = `Approved by ${command.actor}`;
  return [
    accept(turn, command, note),
    event(turn, { type: 'step-done', step: rollout.step, note }, command.actor),
  ];
};
