import type { Event } from '../../events.ts';
import type { Rollout, ServiceState } from '../../model.ts';
import { lastGoodRelease, stableOf } from '../../state.ts';
import { event, type Turn } from '../../turn.ts';
import type { Command } from '../../world.ts';
import { startRollout } from '../start.ts';
import type { Answer } from './answer.ts';
import { accept, refuse } from './answer.ts';
import { askPastNoReturn } from './confirm.ts';
import { queuedBy } from './deploy.ts';
import { takeBackFor } from './take-back.ts';

/** During a rollout: takes its candidate back. Otherwise: back to the last good release, or to the one named. */
export const rollback: Answer = (turn, command) => {
  const { state } = turn;
  const { release: to } = command;
  if (to !== undefined && !state.releases[to]) {
    return refuse(turn, command, {
      code: 'E_UNKNOWN_RELEASE',
      reason: `There is no release ${to} of ${state.service}`,
      fix: `List them with teal status ${state.service} --json.`,
    });
  }
  return state.rollout ? during(turn, command, state.rollout) : afterwards(turn, command);
};

function during(turn: Turn, command: Command, rollout: Rollout): readonly Event[] {
  const to = command.release;
  const { candidate, stable } = rollout;
  const goesThere = rollout.kind === 'rollback' && (to === undefined || to === candidate.release);
  if (goesThere && !rollout.takeBack) {
    return [accept(turn, command, `Rolls back to ${candidate.release} already`)];
  }
  const reason = `Rolled back by ${command.actor}`;
  const events = takeBackFor(turn, command, { by: 'person', outcome: 'rolled-back', reason });
  const elsewhere = to !== undefined && to !== stable?.release;
  if (!elsewhere || events[0]?.type !== 'command-accepted') return events;
  const refused = neverStable(turn, command, to);
  if (refused) return refused;
  const queued = queuedBy(command, to);
  return [...events, event(turn, { type: 'rollout-queued', queued }, command.actor)];
}

function afterwards(turn: Turn, command: Command): readonly Event[] {
  const { state } = turn;
  const target = command.release ?? lastGoodRelease(state);
  if (target === null) {
    return refuse(turn, command, {
      code: 'E_NOTHING_TO_ROLL_BACK_TO',
      reason: `${state.service} has no earlier release that was promoted and never rolled back`,
      fix: 'Deploy a repaired release, or name one with teal rollback --to.',
    });
  }
  if (stableOf(state)?.release === target) {
    return [accept(turn, command, `${target} is stable already: nothing to do`)];
  }
  const refused = neverStable(turn, command, target);
  if (refused) return refused;
  const question = askPastNoReturn(turn, command, passedSince(state, target));
  if (question) return question;
  return [accept(turn, command, `Goes back to ${target}`), ...startRollout(turn, queuedBy(command, target))];
}

/** A rollback runs no checks, so it only goes to what has proven itself once; null: it has. */
function neverStable(turn: Turn, command: Command, release: string): readonly Event[] | null {
  if (turn.state.releases[release]?.promotedAt != null) return null;
  return refuse(turn, command, {
    code: 'E_NOTHING_TO_ROLL_BACK_TO',
    reason: `${release} was never stable, and a rollback runs no checks`,
    fix: `Roll it out instead: teal deploy --release ${release}.`,
  });
}

/** Points of no return of everything that was promoted after the release to go back to. */
function passedSince(state: ServiceState, target: string): readonly string[] {
  const since = state.releases[target]?.promotedAt ?? 0;
  const later = Object.values(state.releases).filter(({ promotedAt }) => (promotedAt ?? 0) > since);
  return later.flatMap(({ id, pointsOfNoReturn }) => pointsOfNoReturn.map((hook) => `${hook} of ${id}`));
}
