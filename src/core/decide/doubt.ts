import type { Event } from '../events.ts';
import { ALL } from '../model.ts';
import { candidateWeight } from '../state.ts';
import { event, type Turn } from '../turn.ts';
import { evidenceOf } from '../waiting/alarm.ts';
import { PAUSE_DEADLINE } from '../waiting/times.ts';

/**
 * Clients that do not follow the weights make every comparison of the two releases worthless, in either direction: progress
 * stops, once, until a person has looked. Whoever resumes takes the evidence as it is. Harm still takes the candidate back.
 */
export function doubt(turn: Turn): readonly Event[] {
  const { rollout } = turn.state;
  const found = evidenceOf(turn)?.doubt ?? null;
  if (!rollout || !found || rollout.doubt || rollout.takeBack || rollout.kind === 'rollback') return [];
  const { explanation } = found;
  const doubted = event(turn, { type: 'evidence-doubted', explanation });
  // With all traffic there is nothing left to compare; what a person has paused is paused already.
  if (candidateWeight(turn.state) === ALL || rollout.pause) return [doubted];
  const until = turn.now + PAUSE_DEADLINE;
  const reason = `paused, because the evidence is not to be trusted: ${explanation}`;
  return [doubted, event(turn, { type: 'paused', until, reason })];
}
