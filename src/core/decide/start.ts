/** How a rollout begins, whatever asked for it. */
import type { Event } from '../events.ts';
import type { QueuedRollout } from '../model.ts';
import { compilePlan } from '../plan.ts';
import { idleColour, specOf, stableOf } from '../state.ts';
import { event, readyInstances, type Turn } from '../turn.ts';

/** Starts the rollout; what the environment holds is evicted first, unless it is the very release to go back to. */
export function startRollout(turn: Turn, wanted: QueuedRollout): readonly Event[] {
  const { state } = turn;
  const { kind, release, actor, command, seed, message } = wanted;
  const stable = stableOf(state);
  const environment = idleColour(state);
  const there = state.environments[environment];
  const running = kind === 'rollback' && there.release === release && there.role !== 'empty';
  const warm = running && readyInstances(turn, environment) > 0;
  const spec = specOf(state, release);
  const { strategy, steps } = compilePlan(spec, { first: stable === null, kind, warm });
  const number = state.rollouts + 1;
  const rollout = `${state.service}-${number}`;
  const candidate = { release, environment };
  const events = [
    event(
      turn,
      {
        type: 'rollout-started',
        rollout,
        number,
        kind,
        strategy,
        stable,
        candidate,
        steps,
        seed,
        message,
        command,
      },
      actor,
    ),
  ];
  if (running) {
    events.push(event(turn, { type: 'environment-changed', ...candidate, role: 'candidate', until: null }));
  } else if (there.role === 'warm' && there.release !== null) {
    const until = turn.now + specOf(state, there.release).drain;
    const evicted = { environment, release: there.release, role: 'draining', until } as const;
    events.push(event(turn, { type: 'environment-changed', ...evicted }));
  }
  return events;
}
