import { ALL, type StepState } from '../../model.ts';
import { candidateWeight } from '../../state.ts';
import { event } from '../../turn.ts';
import type { Answer } from './answer.ts';
import { accept, noRollout, takingBack } from './answer.ts';

/** Passes gates, dwell, partial shares and a missing proof of safety; never harm, readiness, checks or the bake. */
export const promote: Answer = (turn, command) => {
  const { rollout } = turn.state;
  if (!rollout) return noRollout(turn, command);
  if (rollout.takeBack) return takingBack(turn, command);
  const { actor } = command;
  const skipped = rollout.steps.flatMap((step, index) =>
    isSkipped(step)
      ? [event(turn, { type: 'step-skipped', step: index, reason: `Promoted by ${actor}` }, actor)]
      : [],
  );
  const resumed = rollout.pause
    ? [event(turn, { type: 'resumed', reason: `Promoted by ${actor}` }, actor)]
    : [];
  const full = candidateWeight(turn.state) === ALL || rollout.retreat.since !== null;
  const nothing = full
    ? 'It has all traffic already; the bake is never skipped'
    : 'There is no gate or wait to skip';
  const note =
    skipped.length > 0 ? 'Skips gates and waits; readiness, checks, harm and the bake still count' : nothing;
  // What holds a bake, an alarm among it, is for `resume`: promoting is no answer to it.
  return full ? [accept(turn, command, note)] : [accept(turn, command, note), ...resumed, ...skipped];
};

function isSkipped(step: StepState): boolean {
  if (step.state !== 'pending' && step.state !== 'running') return false;
  return step.kind === 'approve' || step.kind === 'observe' || (step.kind === 'shift' && step.weight < ALL);
}
