import { event } from '../../turn.ts';
import { PAUSE_DEADLINE } from '../../waiting/times.ts';
import type { Answer } from './answer.ts';
import { accept, noRollout, takingBack } from './answer.ts';

/** Holds progress; safety goes on, and so does the clock: see {@link PAUSE_DEADLINE}. */
export const pause: Answer = (turn, command) => {
  const { rollout } = turn.state;
  if (!rollout) return noRollout(turn, command);
  if (rollout.takeBack) return takingBack(turn, command);
  if (rollout.pause) return [accept(turn, command, `Was paused already, by ${rollout.pause.by}`)];
  const until = turn.now + PAUSE_DEADLINE;
  const reason = `paused by ${command.actor}`;
  return [
    accept(turn, command, `Paused for 24 hours at most; then ${rollout.candidate.release} is taken back`),
    event(turn, { type: 'paused', until, reason }, command.actor),
  ];
};

/** Goes on. */
export const resume: Answer = (turn, command) => {
  const { rollout } = turn.state;
  if (!rollout) return noRollout(turn, command);
  if (rollout.takeBack) return takingBack(turn, command);
  if (!rollout.pause) return [accept(turn, command, 'Was not paused')];
  return [
    accept(turn, command, 'Goes on'),
    event(turn, { type: 'resumed', reason: `Resumed by ${command.actor}` }, command.actor),
  ];
};
