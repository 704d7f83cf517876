import type { Event } from '../events.ts';
import type { Job, JobResult, Rollout, ServiceState } from '../model.ts';
import type { HookName } from '../service/service-spec.ts';
import { releasesAfter } from './releases.ts';

/** Changes the running rollout; no change where none runs. */
export function withRollout(state: ServiceState, change: (rollout: Rollout) => Rollout): ServiceState {
  return state.rollout ? { ...state, rollout: change(state.rollout) } : state;
}

/** A rollout begins at its first step; a queued one that it came from is queued no more. */
export function rolloutStarted(
  state: ServiceState,
  event: Extract<Event, { type: 'rollout-started' }>,
): ServiceState {
  const rollout: Rollout = {
    id: event.rollout,
    number: event.number,
    kind: event.kind,
    strategy: event.strategy,
    stable: event.stable,
    candidate: event.candidate,
    steps: event.steps.map((step) => ({ ...step, state: 'pending', startedAt: null, endedAt: null })),
    step: 0,
    startedAt: event.at,
    startedBy: event.actor,
    message: event.message,
    seed: event.seed,
    pause: null,
    takeBack: null,
    retreat: { count: 0, since: null, reason: null },
    alarm: null,
    verdicts: {},
    splitAt: null,
    outAt: null,
    pointsOfNoReturn: [],
    results: {},
    reason: null,
    exposed: false,
  };
  const queued = state.queued?.command === event.command ? null : state.queued;
  return { ...state, rollout, queued, rollouts: Math.max(state.rollouts, event.number) };
}

/** A rollout is over: the releases get their standing, and the hooks for afterwards their turn. */
export function rolloutEnded(
  state: ServiceState,
  event: Extract<Event, { type: 'rollout-ended' }>,
): ServiceState {
  const { rollout } = state;
  if (!rollout) return state;
  const { outcome, reason, hurt, at } = event;
  const { id, kind, candidate, startedAt } = rollout;
  const hook = hookAfter(state, rollout, outcome, at);
  return {
    ...state,
    rollout: null,
    releases: releasesAfter(state, rollout, outcome, at),
    last: { id, kind, release: candidate.release, outcome, reason, hurt, startedAt, endedAt: at },
    afterwards: hook ? [...state.afterwards, hook] : state.afterwards,
  };
}

/** Keeps a job's latest result, and what of it cannot be undone. A failed hook may have had its effects, too. */
export function jobFinished(state: ServiceState, result: JobResult): ServiceState {
  return withRollout(afterwardsDone(state, result.id), (rollout) => {
    if (!result.id.startsWith(`${rollout.id}/`)) return rollout;
    const step = rollout.steps[rollout.step];
    const spec = state.releases[rollout.candidate.release]?.spec;
    const final = step?.kind === 'hook' && spec?.hooks[step.hook]?.pointOfNoReturn === true;
    return {
      ...rollout,
      results: { ...rollout.results, [result.id]: result },
      pointsOfNoReturn: final
        ? [...new Set([...rollout.pointsOfNoReturn, step.hook])]
        : rollout.pointsOfNoReturn,
    };
  });
}

/** A hook that followed an ended rollout is done; whether it can be undone stays with its release. */
function afterwardsDone(state: ServiceState, id: string): ServiceState {
  const job = state.afterwards.find((each) => each.id === id);
  if (!job) return state;
  const afterwards = state.afterwards.filter((each) => each !== job);
  const record = state.releases[job.release];
  const final = job.name === 'after-promote' && record?.spec.hooks['after-promote']?.pointOfNoReturn === true;
  if (!record || !final) return { ...state, afterwards };
  const pointsOfNoReturn = [...new Set([...record.pointsOfNoReturn, job.name])];
  return {
    ...state,
    afterwards,
    releases: { ...state.releases, [record.id]: { ...record, pointsOfNoReturn } },
  };
}

/**
 * The hook that follows this end; null: none configured. It is the one of the release that the rollout was about:
 * the promoted one, or the one that was taken back, whose author knows what is to be cleared up.
 */
function hookAfter(state: ServiceState, rollout: Rollout, outcome: string, at: number): Job | null {
  const forward = outcome === 'promoted' && rollout.kind === 'deploy';
  if (rollout.kind === 'rollback' && outcome !== 'promoted') return null;
  const name: HookName = forward ? 'after-promote' : 'after-rollback';
  const release = rollout.kind === 'rollback' ? rollout.stable?.release : rollout.candidate.release;
  const hook = release === undefined ? undefined : state.releases[release]?.spec.hooks[name];
  if (release === undefined || !hook) return null;
  const environment = rollout.candidate.environment;
  const deadline = at + hook.within;
  return {
    id: `${rollout.id}/after/${name}`,
    kind: 'hook',
    name,
    release,
    environment,
    attempt: 1,
    deadline,
  };
}
