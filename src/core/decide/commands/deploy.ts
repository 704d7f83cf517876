import type { Event } from '../../events.ts';
import { fold } from '../../evolve.ts';
import type { QueuedRollout, Rollout } from '../../model.ts';
import { stableOf } from '../../state.ts';
import { event, isServing, type Turn } from '../../turn.ts';
import { evidenceOf, isAlarming } from '../../waiting/alarm.ts';
import type { Command } from '../../world.ts';
import { promotion } from '../progress.ts';
import { startRollout } from '../start.ts';
import { takeBack } from '../take-back.ts';
import type { Answer } from './answer.ts';
import { accept, refuse } from './answer.ts';
import { askPastNoReturn } from './confirm.ts';

/** Rolls a recorded release out: now, after the running rollout was taken back (`replace`), or not at all. */
export const deploy: Answer = (turn, command) => {
  const { state } = turn;
  const release = command.release;
  if (release === undefined || !state.releases[release]) {
    return refuse(turn, command, {
      code: 'E_UNKNOWN_RELEASE',
      reason: `There is no release ${release ?? '(none named)'} of ${state.service}`,
      fix: `List them with teal status ${state.service} --json.`,
    });
  }
  const { rollout } = state;
  const wanted = queuedBy(command, release);
  if (!rollout) {
    if (isSame(turn, stableOf(state)?.release, release)) {
      return [accept(turn, command, `${release} is stable already: nothing to do`)];
    }
    return [accept(turn, command, `Rolls ${release} out`), ...startRollout(turn, wanted)];
  }
  if (command.replace) return replace(turn, command, rollout, wanted);
  const step = rollout.steps[rollout.step];
  if (step?.kind === 'bake' && step.state === 'running' && !rollout.takeBack) {
    return duringBake(turn, command, rollout, wanted);
  }
  return refuse(turn, command, {
    code: 'E_ROLLOUT_RUNNING',
    reason: `${rollout.id} is rolling out ${rollout.candidate.release}`,
    fix: 'Wait for its end, or repeat with --replace: it is taken back first.',
  });
};

/** What a command asks to roll out. */
export function queuedBy(command: Command, release: string): QueuedRollout {
  const { id, verb, actor, seed = 0, message = null } = command;
  const kind = verb === 'rollback' ? 'rollback' : 'deploy';
  return { command: id, kind, release, actor, seed: seed >>> 0, message };
}

/** The running rollout goes first; the new one starts when it has ended. The latest word counts. */
function replace(turn: Turn, command: Command, rollout: Rollout, wanted: QueuedRollout): readonly Event[] {
  const { actor } = command;
  const question = rollout.takeBack ? null : askPastNoReturn(turn, command, rollout.pointsOfNoReturn);
  if (question) return question;
  const reason = `Replaced by ${wanted.release}`;
  return [
    accept(turn, command, `Takes ${rollout.candidate.release} back, then rolls ${wanted.release} out`),
    event(turn, { type: 'rollout-queued', queued: wanted }, actor),
    ...takeBack(turn, { by: 'replaced', outcome: 'aborted', reason }, actor),
  ];
}

/** A deploy during a bake ends it, not judged to its end: never under an alarm, and only with a yes. */
function duringBake(turn: Turn, command: Command, rollout: Rollout, wanted: QueuedRollout): readonly Event[] {
  const { release, environment } = rollout.candidate;
  if (isSame(turn, release, wanted.release)) {
    return [accept(turn, command, `${release} has all traffic already and bakes: nothing to do`)];
  }
  if (isAlarming(turn) || isHarmed(turn) || !isServing(turn, environment)) {
    return refuse(turn, command, {
      code: 'E_DEPLOY_DURING_ALARM',
      reason: `${release} bakes and is under an alarm: ${rollout.alarm?.explanation ?? rollout.reason ?? 'see teal status'}`,
      fix: 'Take it back first: repeat with --replace, or teal rollback.',
    });
  }
  if (!command.yes) {
    return refuse(turn, command, {
      code: 'E_CONFIRM',
      reason: `${release} is still baking; a deploy now makes it stable without having judged it to its end`,
      fix: 'Wait for the end of the bake, or repeat with --yes.',
    });
  }
  const reason = `Not judged to its end: ${command.actor} deployed ${wanted.release} during the bake`;
  const ended = promotion(turn, rollout, reason);
  const after: Turn = { ...turn, state: fold(turn.state, ended) };
  const note = `Ends the bake of ${release}, then rolls ${wanted.release} out`;
  return [accept(turn, command, note), ...ended, ...startRollout(after, wanted)];
}

/** Harm or a failed check that this very look has brought: the lines that act on it come after commands. */
function isHarmed(turn: Turn): boolean {
  const harmed = evidenceOf(turn)?.metrics.some(({ verdict }) => verdict === 'harm') ?? false;
  return harmed || turn.world.jobs.some(({ outcome }) => outcome === 'failed');
}

function isSame(turn: Turn, one: string | undefined, another: string): boolean {
  const { releases } = turn.state;
  return one !== undefined && releases[one]?.digest === releases[another]?.digest;
}
