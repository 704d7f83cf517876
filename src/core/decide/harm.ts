import type { Event } from '../events.ts';
import type { Colour } from '../model.ts';
import { event, instancesOf, type Turn } from '../turn.ts';
import { evidenceOf } from '../waiting/alarm.ts';
import { takeBack } from './take-back.ts';

/**
 * Proven harm takes the candidate back: at every step, at a gate, in a pause, in a retreat. A rollback is not judged:
 * it goes away from harm.
 */
export function harm(turn: Turn): readonly Event[] {
  const { rollout } = turn.state;
  const evidence = evidenceOf(turn);
  if (!rollout || !evidence || rollout.kind === 'rollback' || rollout.takeBack) return [];
  const news = evidence.metrics
    .filter(({ metric, verdict }) => verdict !== 'undecided' && rollout.verdicts[metric] !== verdict)
    .map((verdict) => event(turn, { type: 'verdict-reached', verdict }));
  const culprit = evidence.metrics.find(({ verdict }) => verdict === 'harm');
  const { together } = evidence;
  if (!culprit && !together) return news;
  const reason = culprit
    ? `Harm by ${culprit.metric}: ${culprit.explanation}`
    : `Harm by all metrics together: ${together?.explanation}`;
  const said = reason + doubtOfOne(turn, rollout.candidate.environment);
  return [...news, ...takeBack(turn, { by: 'verdict', outcome: 'rolled-back', reason: said })];
}

/** The judge compares releases, and one instance of a release is all that is known of it. */
const doubtOfOne = (turn: Turn, environment: Colour): string =>
  instancesOf(turn, environment).length === 1
    ? '. The candidate has one instance: that this one is bad by itself, and not the release, looks the same'
    : '';
