/** What changed between two statuses, as plain lines: for logs and wherever there is no terminal. */
import type { ServiceStatus } from '../../api/schema.ts';
import { plural, share, until } from './format.ts';

const COLOURS = ['blue', 'green'] as const;

/** One line a change, oldest first; `before` is null at the start. */
export function changes(before: ServiceStatus | null, after: ServiceStatus, now: number): string[] {
  return [
    ...newProblems(before, after),
    ...stepChanges(before, after),
    ...splitChange(before, after),
    ...verdictChanges(before, after),
    ...waitChange(before, after, now),
    ...takingBack(before, after),
  ];
}

const newProblems = (before: ServiceStatus | null, after: ServiceStatus) =>
  after.problems.filter((text) => !before?.problems.includes(text)).map((text) => `Problem: ${text}`);

function stepChanges(before: ServiceStatus | null, { rollout }: ServiceStatus): string[] {
  if (!rollout) return [];
  const known = before?.rollout?.id === rollout.id ? before.rollout.steps : [];
  const total = rollout.steps.length;
  return rollout.steps.flatMap((step, index) => {
    const was = known[index]?.state ?? 'pending';
    if (step.state === was || step.state === 'pending') return [];
    return [`Step ${index + 1}/${total} ${step.kind}: ${step.label}: ${step.state}`];
  });
}

function splitChange(
  before: ServiceStatus | null,
  { split, candidate, environments }: ServiceStatus,
): string[] {
  const was = before?.split;
  if (!split || (was?.blue === split.blue && was.green === split.green)) return [];
  // Before the first release all of the weight is on an environment in which there is nothing.
  const isBefore = COLOURS.some((colour) => split[colour] > 0 && environments[colour].release === null);
  const named = isBefore ? COLOURS.filter((colour) => environments[colour].release !== null) : COLOURS;
  if (named.length === 0) return [];
  const shares = named.map((colour) => `${colour} ${share(split[colour])}`).join(', ');
  return [`Traffic: ${shares}${candidate ? ` (the candidate is ${candidate.environment})` : ''}`];
}

function verdictChanges(before: ServiceStatus | null, { rollout }: ServiceStatus): string[] {
  return (rollout?.verdicts ?? []).flatMap(({ metric, verdict, explanation }) => {
    const was = before?.rollout?.verdicts.find((one) => one.metric === metric)?.verdict ?? 'undecided';
    return verdict === was ? [] : [`Verdict on ${metric}: ${verdict}. ${explanation}`];
  });
}

function waitChange(before: ServiceStatus | null, { rollout }: ServiceStatus, now: number): string[] {
  if (!rollout?.waitingFor || rollout.waitingFor === before?.rollout?.waitingFor) return [];
  return [`Waiting for ${rollout.waitingFor}${rollout.until ? `, until ${until(rollout.until, now)}` : ''}`];
}

function takingBack(before: ServiceStatus | null, { rollout }: ServiceStatus): string[] {
  if (!rollout?.takingBack || before?.rollout?.takingBack) return [];
  const hurt = `${plural(rollout.hurt, 'client')} hurt so far`;
  return [`Taking the candidate back: ${rollout.reason ?? 'no reason given'} (${hurt})`];
}
