/** One rollout from its command to its end, by the real `decide` and the real judge, in a simulated world. */
import { type Decision, decide } from '../core/decide.ts';
import { TealError } from '../core/error.ts';
import type { Event } from '../core/events.ts';
import { fold } from '../core/evolve.ts';
import { ALL, type Outcome, type ServiceState, type Step } from '../core/model.ts';
import type { ServiceSpec } from '../core/service/service-spec.ts';
import { byInstances } from '../core/traffic/scale.ts';
import type { Command, Evidence } from '../core/world.ts';
import { LATENESS } from '../metrics/traffic.ts';
import { poissonAboveZero } from './arrivals.ts';
import { climateOf } from './climate.ts';
import { type Conditions, crowdOf, EPOCH_SECONDS, type Traffic, type Visits } from './crowd.ts';
import { busiestBefore, latenciesBefore, pastOf, swingsBefore } from './past.ts';
import { seededRandom } from './random.ts';
import { isDown, type Regression } from './regression.ts';
import { BEGIN, CANDIDATE, serviceBefore, simulable } from './service.ts';
import { stopwatchOf } from './stopwatch.ts';
import { candidateShare, worldAround } from './surroundings.ts';
import { type Times, type Watch, watchOf } from './watch.ts';

/** What happened to one candidate. Times are ms since the deploy command. */
export interface SimulatedRollout {
  readonly outcome: Outcome;
  /** All traffic on the candidate and nothing left but the bake; null: never. */
  readonly outAfter: number | null;
  readonly promotedAfter: number | null;
  /** Taking back was decided; null: it was not. */
  readonly takenBackAfter: number | null;
  /** Clients that the candidate hurt and stable would not have, within {@link HORIZON} or the rollout, whichever is longer. */
  readonly hurt: number;
  /** The plan's steps without hooks, checks and gates. */
  readonly steps: readonly SimulatedStep[];
}

export interface SimulatedStep {
  readonly kind: Step['kind'];
  /** ms; null: it did not end. */
  readonly took: number | null;
}

export interface RolloutOptions {
  readonly spec: ServiceSpec;
  readonly traffic: Traffic;
  readonly regression: Regression;
  readonly seed: number;
  /** Rollouts of one seed differ by this. */
  readonly run: number;
  /** Look after every reading, also where nothing changed; slow, and the same. */
  readonly always?: boolean;
}

/** A candidate that nobody finds goes on hurting for so long, ms. */
export const HORIZON = 3_600_000;
/** How often the daemon reads the router, ms. */
const TICK = 500;
const CATCHING_UP = 1_000 + LATENESS + TICK;
const SLOT = EPOCH_SECONDS * 1000;

/**
 * Simulates one rollout. A client is a new one at each visit, or one of an audience; its arm follows its bucket. Evidence
 * arrives as late as it does in the daemon, decisions are obeyed at once. The past of the bake is a day of the same traffic.
 * Seconds without a visit and without anything to decide are skipped, which is exact, because arrivals have no memory.
 */
export function simulateRollout(options: RolloutOptions): SimulatedRollout {
  const { traffic, regression } = options;
  const spec = simulable(options.spec, traffic.latency !== undefined);
  const random = seededRandom(options.seed, options.run);
  const crowd = crowdOf(traffic, random);
  const climate = climateOf(traffic, regression, random);
  const stopwatch = traffic.latency === undefined ? null : stopwatchOf(traffic.latency, random);
  const before = {
    past: pastOf(traffic, random),
    busiest: busiestBefore(traffic, random),
    day: swingsBefore(traffic, BEGIN, seededRandom(~options.seed, options.run)),
    latency: stopwatch && latenciesBefore(traffic, stopwatch, BEGIN),
    at: BEGIN,
  };
  let state: ServiceState = serviceBefore(spec);
  let watch = null as Watch | null;
  let now = BEGIN;
  let decision = decide(state, worldAround({ ...NOTHING, desired: NOWHERE }), now);
  let commands: readonly Command[] = [DEPLOY];
  let exposedAt: number | null = null;
  let wokeAt = now;
  let hurt = 0;
  const history: Event[] = [];

  const seconds = (at: number) => (exposedAt === null ? -1 : (at - exposedAt) / 1000);
  const isAlive = () => state.rollout !== null || commands.length > 0;

  /** Decides until nothing more follows, since everything is obeyed at once. */
  function look(evidence: Evidence | null): Decision {
    for (;;) {
      const candidate = state.rollout?.candidate.environment ?? null;
      const down = isDown(regression, seconds(now)) ? candidate : null;
      const world = worldAround({ desired: decision.desired, down, evidence, commands });
      decision = decide(state, world, now);
      commands = [];
      if (decision.events.length === 0) return decision;
      history.push(...decision.events);
      // What comes next may wait for the evidence of what has just been decided.
      wokeAt = now;
      state = fold(state, decision.events);
    }
  }

  function converge(): void {
    const { rollout } = state;
    if (rollout === null) return;
    watch ??= watchOf(spec, rollout.id, rollout.candidate.environment, before);
    watch.follow(decision.desired.judging, now);
    if (exposedAt === null && candidateShare(state, decision.desired) > 0) exposedAt = now;
  }

  function conditions(at: number): Conditions {
    const epoch = `${decision.desired.routing?.epoch ?? ''}/${Math.floor(at / SLOT)}`;
    const share = candidateShare(state, decision.desired);
    return { share, epoch, minute: minuteOf(at), ...climate.at((at - BEGIN) / 1000, seconds(at)) };
  }

  /** So many of those who would come at most are there. */
  const present = (visits: number, { presence }: Conditions) =>
    presence === 1 ? visits : random.binomial(visits, presence);

  function count(at: number, visits: Visits, here: Conditions): void {
    hurt += visits.hurtMore;
    watch?.add(at, visits, here.epoch, timesOf(visits, here));
  }

  /** Of requests that ended at once: what takes a second is known a second sooner than in life. */
  function timesOf({ stable, candidate }: Visits, { share, slowness }: Conditions): Times | undefined {
    if (stopwatch === null) return undefined;
    const isByInstances = state.rollout !== null && byInstances(state, state.rollout);
    const weight = isByInstances && share < 1 ? 0 : Math.round(share * ALL);
    return { weight, stable: stopwatch(stable.firsts, 1), candidate: stopwatch(candidate.firsts, slowness) };
  }

  /** Lets clients come until something may have changed. */
  function pass(): void {
    const crashAt =
      regression.kind === 'crash' && exposedAt !== null ? exposedAt + regression.after * 1000 : 0;
    const wake = Math.min(decision.wakeAt, crashAt > now ? crashAt : Number.POSITIVE_INFINITY);
    // Evidence follows the time by so much, and what was decided on may have waited for it.
    const settled = wokeAt + CATCHING_UP;
    const until = upToTick(now < settled ? now + 1 : Math.max(wake, now + 1));
    if (now >= settled && wake <= until) wokeAt = until;
    const mean = (climate.most * TICK) / 1000;
    while (now < until) {
      const end = Math.min(until, Math.max(now + TICK, upToTick(watch?.nextRead() ?? until)));
      const at = mean >= 1 ? now : now + TICK * random.gap(-Math.expm1(-mean));
      if (at >= end) {
        now = end;
      } else {
        const here = conditions(at);
        const visits = mean >= 1 ? random.poisson(mean) : poissonAboveZero(mean, random);
        count(at, crowd(present(visits, here), here), here);
        now = at + TICK;
      }
      const isNews = watch?.read(now) ?? false;
      if (isNews || options.always) return;
    }
  }

  look(null);
  converge();
  while (isAlive()) {
    pass();
    look(watch?.evidence() ?? null);
    converge();
    if (now > BEGIN + LONGEST) throw endless(state);
  }
  const last = state.last!;
  if (last.outcome === 'promoted') {
    for (let at = now; at < BEGIN + HORIZON; at += SLOT / 60) {
      const here = {
        ...climate.at((at - BEGIN) / 1000, seconds(at)),
        share: 1,
        epoch: `${Math.floor(at / SLOT)}`,
        minute: minuteOf(at),
      };
      const visits = random.poisson((climate.most * SLOT) / 60_000);
      hurt += crowd(present(visits, here), here).hurtMore;
    }
  }
  return { outcome: last.outcome, hurt, ...timesIn(history) };
}

/** No plan takes longer than this, ms; only a defect does. */
const LONGEST = 60 * 86_400_000;

const minuteOf = (at: number): number => Math.floor(at / 60_000);

const upToTick = (at: number): number => Math.ceil(at / TICK) * TICK;

const NOWHERE = { environments: { blue: null, green: null }, routing: null, jobs: [], judging: null };
const NOTHING = { down: null, evidence: null, commands: [] };

const DEPLOY: Command = {
  id: 'deploy',
  verb: 'deploy',
  actor: 'simulation',
  at: BEGIN,
  release: CANDIDATE,
  seed: 1,
};

function timesIn(history: readonly Event[]) {
  const after = (type: Event['type']) => {
    const found = history.find((event) => event.type === type);
    return found === undefined ? null : found.at - BEGIN;
  };
  const isPromoted = history.some((event) => event.type === 'rollout-ended' && event.outcome === 'promoted');
  return {
    outAfter: after('rollout-out'),
    promotedAfter: isPromoted ? after('rollout-ended') : null,
    takenBackAfter: after('take-back-decided'),
    steps: stepTimes(history),
  };
}

function stepTimes(history: readonly Event[]): readonly SimulatedStep[] {
  const begun = history.find((event) => event.type === 'rollout-started');
  const at = (type: 'step-started' | 'step-done', step: number) =>
    history.find((event) => event.type === type && event.step === step)?.at ?? null;
  return (begun?.steps ?? []).map(({ kind }, step) => {
    const [from, to] = [at('step-started', step), at('step-done', step)];
    return { kind, took: from === null || to === null ? null : to - from };
  });
}

const endless = (state: ServiceState) =>
  new TealError('E_INTERNAL', `The simulated rollout of ${state.service} does not end`, {
    why: `It is at step ${state.rollout?.step}`,
  });
