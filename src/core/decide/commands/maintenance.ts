import { listenerOf } from '../../state.ts';
import { event } from '../../turn.ts';
import { type Answer, accept, refuse } from './answer.ts';

/** Keeps users out, or lets them in again. Safety and rollouts go on: it is about users, not about releases. */
export const maintenance: Answer = (turn, command) => {
  const { state, now } = turn;
  const order = command.maintenance;
  if (order === undefined) {
    if (state.maintenance === null) return [accept(turn, command, `${state.service} was in service already`)];
    const reason = `Ended by ${command.actor}`;
    return [
      accept(turn, command, `${state.service} is in service again`),
      event(turn, { type: 'maintenance-ended', reason }, command.actor),
    ];
  }
  if (listenerOf(state) === null) {
    return refuse(turn, command, {
      code: 'E_NO_TRAFFIC',
      reason: `${state.service} takes no HTTP traffic that could be kept out`,
      fix: 'Stop its work by its own means; `teal pause` holds a rollout.',
    });
  }
  const until = order.for === null ? null : now + order.for;
  const end = order.for === null ? 'until it is ended' : `for ${Math.ceil(order.for / 1_000)} s at most`;
  const { message, hold } = order;
  return [
    accept(turn, command, `Users of ${state.service} are kept out ${end}`),
    event(turn, { type: 'maintenance-began', message, until, hold }, command.actor),
  ];
};
