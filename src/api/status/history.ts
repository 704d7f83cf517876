import { fold } from '../../core/evolve.ts';
import type { Step } from '../../core/model.ts';
import type { Journal, StoredEvent } from '../../core/ports.ts';
import { initialState } from '../../core/state.ts';
import type { MetricVerdict } from '../../core/world.ts';
import type { Controller } from '../../daemon/controller.ts';
import { type Moment, momentOf } from '../../evidence/film.ts';
import { keptLedger } from '../../evidence/kept.ts';
import type { Ledger } from '../../evidence/ledger.ts';
import { evidenceOf } from '../../evidence/verdicts.ts';
import { unknownRollout } from '../problems.ts';
import type { HistoryStatus, MomentStatus, RolloutDetail, RolloutSummary } from '../schema.ts';
import { eventStatus } from './event.ts';
import { jobStatuses, rolloutStatus, stepStatuses, verdictStatuses } from './rollout.ts';
import { turnOf } from './service.ts';
import { rfc3339 } from './time.ts';

const PAGE = 1_000;

/** The newest `limit` rollouts of a service, and every event since the oldest of them began. */
export function historyOf(journal: Journal, service: string, limit: number): HistoryStatus {
  const events = [...allEvents(journal, service)];
  const begins = events.filter(({ event }) => event.type === 'rollout-started');
  const shown = begins.slice(-limit);
  const first = shown[0] !== undefined && begins.length > shown.length ? shown[0].id : 0;
  return {
    service,
    rollouts: shown.map((begin) => summary(begin, endOf(begin, events))).reverse(),
    events: events
      .filter(({ id }) => id >= first)
      .map((one) => eventStatus(one, stepsOf(one.rollout, begins))),
  };
}

/** Everything about one rollout. Throws E_ROLLOUT_UNKNOWN. */
export function rolloutDetail(
  journal: Journal,
  controller: Controller,
  rollout: string,
  now: number,
): RolloutDetail {
  const events = journal.readRollout(rollout);
  const begin = events.find(({ event }) => event.type === 'rollout-started');
  if (begin === undefined) throw unknownRollout(rollout);
  const { service } = begin;
  const view = controller.view(service);
  const end = endOf(begin, events);
  // Folded without its end, which would take the steps away.
  const story = events.map(({ event }) => event).filter(({ type }) => type !== 'rollout-ended');
  const folded = fold(initialState(service), story).rollout;
  const release = folded === null ? undefined : view?.state.releases[folded.candidate.release];
  const running = view?.state.rollout?.id === rollout ? view.state.rollout : null;
  const current = view && running ? rolloutStatus(view, running, turnOf(view, now)) : null;
  const kept = journal.loadEvidence(service, rollout);
  const names = {
    candidate: folded?.candidate.release ?? rollout,
    stable: folded?.stable?.release ?? 'a stable release',
  };
  const ledger = kept === null ? null : keptLedger(kept.state);
  const metrics =
    ledger === null || release === undefined ? [] : evidenceOf(ledger, release.spec, names).metrics;
  return {
    ...summary(begin, end),
    current,
    steps: current?.steps ?? stepStatuses(folded?.steps ?? [], release?.spec),
    jobs: current?.jobs ?? jobStatuses(Object.values(folded?.results ?? {}), []),
    verdicts: current?.verdicts ?? (release === undefined ? [] : verdictStatuses(metrics, release.spec)),
    replay: ledger === null ? [] : replayOf(ledger, metrics, end?.event.at ?? null),
    events: events.map((one) => eventStatus(one, stepsOf(rollout, [begin]))),
  };
}

/** The moments that were kept, and what is known now. `endedAt`, Unix ms: the router is read on after it. */
function replayOf(
  { film, traffic }: Ledger,
  metrics: readonly MetricVerdict[],
  endedAt: number | null,
): MomentStatus[] {
  const kept = film?.moments ?? [];
  const last = kept.at(-1);
  if (last === undefined) return [];
  const upTo = Math.min(traffic.closedUpTo, endedAt ?? Number.POSITIVE_INFINITY);
  const now = momentOf(Math.max(last.at, upTo), last.weight, metrics);
  return [...(now.at === last.at ? kept.slice(0, -1) : kept), now].map(momentStatus);
}

const momentStatus = ({ at, weight, metrics }: Moment): MomentStatus => ({
  at: rfc3339(at),
  weight,
  metrics: Object.entries(metrics).map(([metric, { verdict, e, ratio, candidate, stable }]) => ({
    metric,
    verdict,
    e,
    ratio: [ratio[0], ratio[1]],
    candidate,
    stable,
  })),
});

function* allEvents(journal: Journal, service: string): Generator<StoredEvent> {
  for (let after = 0; ; ) {
    const page = journal.read(service, after, PAGE);
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)!.id;
  }
}

function stepsOf(rollout: string | null, begins: readonly StoredEvent[]): readonly Step[] {
  const begin = begins.findLast(({ event }) => event.type === 'rollout-started' && event.rollout === rollout);
  return begin?.event.type === 'rollout-started' ? begin.event.steps : [];
}

function endOf(begin: StoredEvent, events: readonly StoredEvent[]): StoredEvent | null {
  const id = begin.event.type === 'rollout-started' ? begin.event.rollout : null;
  return events.find(({ rollout, event }) => rollout === id && event.type === 'rollout-ended') ?? null;
}

function summary({ service, event }: StoredEvent, end: StoredEvent | null): RolloutSummary {
  if (event.type !== 'rollout-started') throw new TypeError(`Not the beginning of a rollout: ${event.type}`);
  const ended = end?.event.type === 'rollout-ended' ? end.event : null;
  return {
    id: event.rollout,
    service,
    kind: event.kind,
    strategy: event.strategy,
    release: event.candidate.release,
    from: event.stable?.release ?? null,
    startedAt: rfc3339(event.at),
    startedBy: event.actor,
    message: event.message,
    endedAt: ended === null ? null : rfc3339(ended.at),
    outcome: ended?.outcome ?? null,
    reason: ended?.reason ?? null,
    hurt: ended?.hurt ?? null,
  };
}
