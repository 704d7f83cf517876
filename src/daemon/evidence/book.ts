import { ALL, type ServiceState } from '../../core/model.ts';
import type { Clock, HistoryCount, Journal, TrafficBlock } from '../../core/ports.ts';
import { candidateWeight, stableOf } from '../../core/state.ts';
import type { Desired, Evidence } from '../../core/world.ts';
import { EMPTY_FILM, filmed } from '../../evidence/film.ts';
import { keptLedger } from '../../evidence/kept.ts';
import { NO_PAST, withPast } from '../../evidence/latency.ts';
import {
  feed,
  feedArrivals,
  feedLatency,
  follow,
  freezeLatency,
  type Ledger,
  remember,
  startLedger,
} from '../../evidence/ledger.ts';
import { NO_DAY, withBlocks } from '../../evidence/past.ts';
import { countTraffic } from '../../evidence/peak-traffic.ts';
import { evidenceOf, presentRate } from '../../evidence/verdicts.ts';
import { JudgeInputError } from '../../judge/index.ts';
import type { Arrivals, EvidenceBlock } from '../../metrics/block.ts';
import type { LatencyReading } from '../../metrics/firsts.ts';
import { foldTraffic } from '../../metrics/traffic.ts';
import { inWords, type Problems } from '../problems.ts';
import type { TrafficSink } from '../traffic/traffic-pump.ts';
import { metricReaders, PAST } from './metric-readers.ts';

/** The evidence of one service: collects it, keeps it, and has it judged. */
export interface EvidenceBook extends TrafficSink {
  /** Follows the state and what is wanted judged, after each decision. */
  converge(state: ServiceState, desired: Desired): void;
  /** Of the running rollout; null: none runs. */
  evidence(state: ServiceState): Evidence | null;
  /** Clients hurt by that rollout, as far as is known now; also after its end. null: another one's book. */
  hurtBy(rollout: string): number | null;
  /** Blocks of the last quarter of a minute, for display. */
  recent(): readonly TrafficBlock[];
  close(): void;
}

export interface EvidenceBookOptions {
  readonly service: string;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly problems: Problems;
  readonly state: () => ServiceState;
  /** There is something new for `decide`. */
  readonly onEvidence: () => void;
}

const RECENT = 15_000;
/**
 * How often what was counted is saved, ms. The router keeps what has not been, so a daemon that dies counts it again. Some seconds are lost only where
 * both die together, for both releases alike.
 */
const SAVE = 5_000;
/** Outside of a rollout only the past is counted. */
const IDLE_SAVE = 10_000;

export function evidenceBook(options: EvidenceBookOptions): EvidenceBook {
  const { service, journal, clock, problems, onEvidence } = options;
  let recent: readonly TrafficBlock[] = [];
  let ledger = reopen();
  let unsaved: HistoryCount[] = [];
  let dirty = false;
  let saved = ledger.traffic.block;
  let savedAt = 0;
  let isRunning = false;
  /** Sources of problems with what the judge could not use. */
  const impossible = new Set<string>();
  /** The last saving failed: the next reading tries again, and the next decision, since that could be written. */
  let isRefused = false;
  /** What was said last, and of what: to word it takes longer than to judge. */
  let said: { readonly ledger: Ledger; readonly state: ServiceState; readonly found: Evidence } | null = null;

  const readers = metricReaders({
    clock,
    problems,
    onBlock(block, until) {
      judge([block]);
      ledger = { ...ledger, readAt: { ...ledger.readAt, [block.metric]: until } };
      dirty = true;
      save();
      onEvidence();
    },
    onPast(metric, past) {
      const spec = candidateSpec(options.state(), ledger);
      if (spec === null) return;
      ledger = remember(ledger, metric, past, spec);
      dirty = true;
      save();
    },
  });

  /** The book of the running or of the last rollout, from where it was left. */
  function reopen(): Ledger {
    const { rollout, last } = options.state();
    const ids = [rollout?.id, last?.id, ''].filter((id) => id !== undefined);
    for (const id of ids) {
      const kept = journal.loadEvidence(service, id);
      if (kept === null) continue;
      const found = keptLedger(kept.state);
      return id === ids[0] ? found : fresh(rollout, kept.block, found);
    }
    return fresh(rollout, 0);
  }

  /** `before`: what was counted of the service until then. */
  function fresh(rollout: ServiceState['rollout'], block: number, before?: Ledger): Ledger {
    const environment = rollout?.candidate.environment ?? 'blue';
    return startLedger(service, rollout?.id ?? '', environment, block, before);
  }

  function judge(blocks: readonly EvidenceBlock[]): void {
    const spec = candidateSpec(options.state(), ledger);
    if (spec === null) return;
    for (const block of blocks) attempt(block.metric, () => feed(ledger, block, spec));
  }

  /** How quick stable is, and how quick the candidate is beside it. */
  function measure(blocks: readonly TrafficBlock[], latencies: readonly LatencyReading[], now: number): void {
    const { latencyPast: past = NO_PAST } = ledger;
    const stable = ofStable(options.state(), blocks);
    attempt('past', () => ({ ...ledger, day: withBlocks(ledger.day ?? NO_DAY, stable, now) }));
    const ended = stable.flatMap(({ firsts = [] }) => firsts);
    if (ended.length > 0) {
      attempt('latency', () => ({
        ...ledger,
        latencyPast: ended.reduce((sum, one) => withPast(sum, one.ended, now), past),
      }));
    }
    const spec = candidateSpec(options.state(), ledger);
    if (spec === null) return;
    for (const one of latencies) attempt('latency', () => feedLatency(ledger, one, spec));
    ledger = freezeLatency(ledger, spec, now);
  }

  function weigh(arrivals: readonly Arrivals[]): void {
    for (const one of arrivals) attempt('arrivals', () => feedArrivals(ledger, one));
  }

  /** Keeps what is known now for those who look back. */
  function film(now: number): void {
    const state = options.state();
    const known = evidence(state);
    if (known === null) return;
    const weight = candidateWeight(state);
    ledger = { ...ledger, film: filmed(ledger.film ?? EMPTY_FILM, now, weight, known.metrics) };
    // A film is of what is known, and no part of it.
    said = { ledger, state, found: known };
  }

  function evidence(state: ServiceState): Evidence | null {
    if (said?.ledger === ledger && said.state === state) return said.found;
    const { rollout } = state;
    const spec = candidateSpec(state, ledger);
    if (rollout === null || rollout.id !== ledger.rollout || spec === null) return null;
    const stable = rollout.stable?.release ?? stableOf(state)?.release ?? 'a stable release';
    const perSecond = presentRate(ledger) * (candidateWeight(state) / ALL);
    const found = evidenceOf(ledger, spec, { candidate: rollout.candidate.release, stable, perSecond });
    said = { ledger, state, found };
    return found;
  }

  /** What the judge calls impossible is left out, and said until the rollout is over. */
  function attempt(what: string, next: () => Ledger): void {
    try {
      ledger = next();
    } catch (error) {
      if (!(error instanceof JudgeInputError)) throw error;
      impossible.add(`judge-${what}`);
      problems.set(`judge-${what}`, `A block of ${what} is no evidence: ${inWords(error)}`);
    }
  }

  function forgetImpossible(): void {
    for (const source of impossible) problems.set(source, null);
    impossible.clear();
  }

  function save(): void {
    try {
      journal.saveEvidence(
        service,
        ledger.rollout,
        ledger.traffic.block,
        JSON.stringify(ledger),
        merged(unsaved),
      );
      unsaved = [];
      dirty = isRefused = false;
      saved = ledger.traffic.block;
      savedAt = clock.now();
      problems.set('evidence', null);
    } catch (error) {
      isRefused = true;
      problems.set('evidence', `Evidence waits in memory: ${inWords(error)}`);
    }
  }

  return {
    take(blocks, askedAt) {
      const unseen = blocks.filter(({ number }) => number > ledger.traffic.block);
      recent = [...recent, ...unseen].filter(({ at }) => at > askedAt - RECENT);
      unsaved.push(...pastOf(options.state(), unseen));
      const folded = foldTraffic(ledger.traffic, unseen, askedAt);
      const told = folded.closed.length + folded.latencies.length > 0;
      const news = told || folded.fold.hurt !== ledger.traffic.hurt;
      const peak = countTraffic(ledger.peak, unseen, askedAt);
      ledger = { ...ledger, traffic: folded.fold, peak };
      measure(unseen, folded.latencies, askedAt);
      judge(folded.closed);
      weigh(folded.arrivals);
      if (told) film(askedAt);
      dirty ||= unseen.length > 0 || news;
      const every = options.state().rollout === null ? IDLE_SAVE : SAVE;
      if (dirty && (isRefused || clock.now() - savedAt >= every)) save();
      if (news) onEvidence();
    },
    kept: (read) => (dirty ? saved : read),
    converge(state, desired) {
      const { rollout } = state;
      if (rollout !== null && rollout.id !== ledger.rollout) {
        if (dirty) save();
        ledger = fresh(rollout, ledger.traffic.block, ledger);
        dirty = true;
      }
      const spec = candidateSpec(state, ledger);
      // Who looks back at it wants to see its end.
      const isEnded = isRunning && rollout === null;
      if (isEnded) forgetImpossible();
      if (dirty && (isEnded || isRefused)) save();
      isRunning = rollout !== null;
      if (rollout === null || spec === null) return readers.converge(null);
      const past = () => journal.readHistory(service, 'errors', clock.now() - PAST);
      const next = follow(ledger, desired.judging, clock.now(), spec, past);
      const isOther = next !== ledger;
      ledger = next;
      dirty ||= isOther;
      // What is compared, and since when, would not be counted again.
      if (isOther) save();
      const candidate = state.releases[rollout.candidate.release];
      readers.converge(
        desired.judging && candidate && ledger.mode
          ? {
              judging: desired.judging,
              candidate,
              stable: rollout.stable && {
                ...rollout.stable,
                since: state.releases[rollout.stable.release]?.promotedAt ?? 0,
              },
              since: ledger.mode.since,
              readAt: (metric) => ledger.readAt[metric] ?? null,
              remembers: (metric) => ledger.history[metric] !== undefined,
            }
          : null,
      );
    },
    evidence,
    hurtBy: (rollout) => (rollout === ledger.rollout ? ledger.traffic.hurt : null),
    recent: () => recent,
    close() {
      readers.close();
      if (dirty) save();
    },
  };
}

const candidateSpec = ({ rollout, releases }: ServiceState, ledger: Ledger) =>
  rollout !== null && rollout.id === ledger.rollout
    ? (releases[rollout.candidate.release]?.spec ?? null)
    : null;

function ofStable(state: ServiceState, blocks: readonly TrafficBlock[]): readonly TrafficBlock[] {
  const stable = stableOf(state);
  return blocks.filter(
    ({ environment, release }) => environment === stable?.environment && release === stable.release,
  );
}

/** What the stable release did: the past that a later bake is measured by. */
function pastOf(state: ServiceState, blocks: readonly TrafficBlock[]): readonly HistoryCount[] {
  return ofStable(state, blocks)
    .map(({ at, clients }) => ({ metric: 'errors', at, n: clients.seen, bad: clients.hurt }))
    .filter(({ n, bad }) => n > 0 || bad > 0);
}

/** One count a minute and metric. */
function merged(counts: readonly HistoryCount[]): readonly HistoryCount[] {
  const byMinute = Map.groupBy(counts, ({ metric, at }) => `${metric} ${Math.floor(at / 60_000)}`);
  const sum = (group: readonly HistoryCount[], of: (count: HistoryCount) => number) =>
    group.reduce((total, count) => total + of(count), 0);
  return [...byMinute.values()].map((group) => ({
    ...group[0]!,
    n: sum(group, ({ n }) => n),
    bad: sum(group, ({ bad }) => bad),
  }));
}
