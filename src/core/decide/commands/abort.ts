import type { Answer } from './answer.ts';
import { noRollout } from './answer.ts';
import { takeBackFor } from './take-back.ts';

/** Takes the candidate back, during a rollout only. */
export const abort: Answer = (turn, command) =>
  turn.state.rollout
    ? takeBackFor(turn, command, { by: 'person', outcome: 'aborted', reason: `Aborted by ${command.actor}` })
    : noRollout(turn, command);
