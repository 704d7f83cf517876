/** A rollout that is looked back at, as lines. */
import type { EventStatus, RolloutDetail, RolloutStatus, RolloutSummary } from '../../api/schema.ts';
import type { Painter } from '../terminal/paint.ts';
import { wrap } from '../terminal/wrap.ts';
import { dayAndTime, duration, plural, timeOfDay } from './format.ts';
import { paceLines } from './pace.ts';
import { replayLines } from './replay.ts';
import { verdictLines } from './verdicts.ts';

/** What it was, when, by whom, and how it ended. */
export function recordHead(record: RolloutSummary, now: number, paint: Painter): string[] {
  const { id, kind, strategy, release, startedAt, startedBy, message, outcome, reason, endedAt, hurt } =
    record;
  const took = duration((endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt));
  const how =
    outcome === null ? paint('cyan', 'running') : paint(outcome === 'promoted' ? 'green' : 'red', outcome);
  const what = kind === 'rollback' ? 'rollback to' : strategy;
  return [
    `${paint('bold', id)}  ${how}  ${what} ${release}${message ? `  "${message}"` : ''}`,
    `  ${dayAndTime(Date.parse(startedAt))} by ${startedBy}, ${took}${hurt === null ? '' : `, ${plural(hurt, 'client')} hurt`}`,
    ...(reason ? indented(reason, 2) : []),
  ];
}

/** Everything: events, checks and hooks with their evidence, verdicts. */
export function recordDetails(
  { events, jobs, verdicts, replay, current }: RolloutDetail,
  width: number,
  paint: Painter,
): string[] {
  return [
    ...(events.length > 0 ? ['', ...eventLines(events, paint)] : []),
    ...jobs.flatMap(({ kind, name, state, summary, evidence }) => [
      '',
      `  ${paint(state === 'failed' ? 'red' : 'green', state)}  ${kind} ${name}${summary ? `: ${summary}` : ''}`,
      // The evidence of what passed is in --json.
      ...(state === 'failed' && evidence
        ? evidence
            .trimEnd()
            .split('\n')
            .map((line) => `    ${line}`)
        : []),
    ]),
    ...verdictLines(verdicts, width, paint),
    ...(current ? [...paceLines(current.pace, paint), ...waitLines(current)] : []),
    ...replayLines(replay, verdicts, paint),
  ];
}

/** One line an event: when, what, by whom where that was a person. Log lines that a reason quotes are in the head. */
export const eventLines = (events: readonly EventStatus[], paint: Painter): string[] =>
  events.map(({ at, text, actor }) => {
    const by = actor === 'teal' ? '' : paint('dim', ` (${actor})`);
    const [line] = text.split('\n');
    return `  ${paint('dim', timeOfDay(Date.parse(at)))}  ${line}${by}`;
  });

/** What a running one waits for. */
const waitLines = ({ waitingFor, pace }: RolloutStatus): string[] => [
  ...(pace ? indented(pace.explanation, 13) : []),
  ...(waitingFor === null ? [] : ['', ...indented(`Waiting for ${waitingFor}`, 2)]),
];

const indented = (text: string, by: number) =>
  text.split('\n').flatMap((line) =>
    wrap(line, 80 - by)
      .split('\n')
      .map((part) => ' '.repeat(by) + part),
  );
