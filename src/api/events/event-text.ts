import type { Event } from '../../core/events.ts';
import type { Step } from '../../core/model.ts';
import { duration, share, splitWords, stepName } from '../words.ts';

/** What an event says, in one line of words. `steps`: its rollout's, where they are known. */
export function eventText(event: Event, steps: readonly Step[] = []): string {
  switch (event.type) {
    case 'release-recorded':
      return `Release ${event.release.id} was made${said(event.release.message)}`;
    case 'release-pruned':
      return `Release ${event.release} was removed, as it was old`;
    case 'rollout-queued':
      return `The rollout of ${event.queued.release} waits until the running one has been taken back`;
    case 'rollout-unqueued':
      return `The rollout that waited will not take place: ${event.reason}`;
    case 'rollout-started':
      return started(event);
    case 'command-accepted':
      return `${event.verb}: ${event.note}`;
    case 'command-refused':
      return `${event.verb} was refused: ${event.reason}`;
    case 'step-started':
      return `${stepWords(event, steps)} began`;
    case 'step-done':
      return `${stepWords(event, steps)} is done: ${event.note}`;
    case 'step-skipped':
      return `${stepWords(event, steps)} was skipped: ${event.reason}`;
    case 'split-changed':
      return `Traffic: ${splitWords(event.split)} (${event.reason})`;
    case 'candidate-exposed':
      return 'Users reach the candidate';
    case 'job-finished':
      return `${event.result.id.split('/').at(-1)} ${event.result.outcome}: ${event.result.summary}`;
    case 'rollout-out':
      return 'The candidate has all traffic';
    case 'paused':
      return `Paused until ${new Date(event.until).toISOString()}: ${event.reason}`;
    case 'resumed':
      return `Resumed: ${event.reason}`;
    case 'maintenance-began':
      return `Users are kept out${event.until === null ? '' : ` until ${new Date(event.until).toISOString()}`}${said(event.message)}`;
    case 'maintenance-ended':
      return `Users are let in again: ${event.reason}`;
    case 'health-lost':
      return `No instance in ${event.environment} is ready: ${event.detail}`;
    case 'health-regained':
      return `An instance in ${event.environment} is ready again`;
    case 'verdict-reached':
      return `Verdict on ${event.verdict.metric}: ${event.verdict.explanation}`;
    case 'alarm-raised':
      return `Alarm: ${event.explanation}`;
    case 'evidence-doubted':
      return `The evidence is not to be trusted: ${event.explanation}`;
    case 'retreated':
      return `Half of the traffic goes back to stable (${event.count}): ${event.reason}`;
    case 'retreat-ended':
      return `The candidate has all traffic again: ${event.reason}`;
    case 'take-back-decided':
      return `The candidate is taken back: ${event.reason}`;
    case 'take-back-acknowledged':
      return 'No new request reaches the candidate';
    case 'rollout-ended':
      return `${OUTCOMES[event.outcome]}: ${event.reason}${hurt(event.hurt)}`;
    case 'environment-changed':
      return event.release === null
        ? `${event.environment} is empty`
        : `${event.environment} is ${event.role} with ${event.release}`;
    case 'note':
      return event.text;
  }
}

/** `Step 3 (observe at 5 %)`, or without a name where that is not known. */
function stepWords({ step }: { readonly step: number }, steps: readonly Step[]): string {
  const known = steps[step];
  return known === undefined ? `Step ${step + 1}` : `Step ${step + 1} (${stepName(known)})`;
}

const OUTCOMES = {
  promoted: 'Promoted',
  'rolled-back': 'Rolled back',
  failed: 'Failed',
  aborted: 'Aborted',
} as const;

function started(event: Extract<Event, { type: 'rollout-started' }>): string {
  const { stable, candidate, strategy, kind, rollout, message } = event;
  const from = stable === null ? 'the first release' : `from ${stable.release}`;
  const verb = kind === 'rollback' ? 'goes back' : 'goes out';
  return `${rollout}: ${candidate.release} ${verb} by ${strategy} to ${candidate.environment}, ${from}; ${plan(event.steps)}${said(message)}`;
}

function plan(steps: readonly Step[]): string {
  const shifts = steps.flatMap((step) => (step.kind === 'shift' ? [share(step.weight)] : []));
  const bake = steps.flatMap((step) => (step.kind === 'bake' ? [`bake ${duration(step.for)}`] : []));
  return [...shifts, ...bake].join(', ');
}

const said = (message: string | null) => (message === null ? '' : `: ${message}`);
const hurt = (clients: number) =>
  clients === 0 ? '' : ` (${clients} ${clients === 1 ? 'client was' : 'clients were'} hurt)`;
