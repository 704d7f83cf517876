import { decide, desiredOf } from '../core/decide.ts';
import { TealError } from '../core/error.ts';
import type { Event } from '../core/events.ts';
import { fold } from '../core/evolve.ts';
import { COLOURS, type Colour, other, type ServiceState } from '../core/model.ts';
import { stableOf } from '../core/state.ts';
import type { Command, Desired, Routing, World } from '../core/world.ts';
import { chronicle, isFull } from './chronicle.ts';
import { type CommandTaken, commandDesk } from './command-desk.ts';
import { environmentKeeper } from './environments/environment-keeper.ts';
import { platformView } from './environments/platform-view.ts';
import { type EvidenceBook, evidenceBook } from './evidence/book.ts';
import { jobDesk } from './jobs/job-desk.ts';
import { jobTarget } from './jobs/job-target.ts';
import type { Parts } from './parts.ts';
import { inWords, problemBoard } from './problems.ts';
import type { ServiceView } from './service-view.ts';
import { ticker } from './ticker.ts';
import { routerLink } from './traffic/router-link.ts';
import { buildRouting, movesTo } from './traffic/routing.ts';

/** Carries one service: observe, decide, journal, converge, again and again. */
export interface ServiceLoop {
  readonly service: string;
  /** Hands over what a person wants. Resolves when accepted; rejects with the refusal. */
  submit(command: Command): Promise<CommandTaken>;
  /** Journals events that are no decisions: a release that was made or pruned. */
  record(events: readonly Event[]): Promise<void>;
  view(): ServiceView;
  readonly evidence: EvidenceBook;
  /** Something may have changed: look soon. */
  wake(): void;
  /** Stops jobs and looking; resolves when nothing is under way. Instances and router go on. */
  close(): Promise<void>;
}

/** While something moves, and while nothing does, ms. */
const BUSY_TICK = 250;
const IDLE_TICK = 2_000;
/** A move towards stable is told to the router first; its event waits at most this long for the answer, ms. */
const HEAD_START = 50;

export function serviceLoop(service: string, previewSecret: string, parts: Parts): ServiceLoop {
  const { journal, platform, router, runner, clock } = parts;
  const log = parts.log.child({ service });
  const problems = problemBoard(log);
  const story = chronicle(journal, service);
  const commands = commandDesk();
  let desired: Desired | null = null;
  let closed = false;

  const note = (text: string) =>
    void turn(() => [{ type: 'note', text, at: clock.now(), actor: 'teal' }]).catch(report);
  const link = routerLink({
    service,
    router,
    clock,
    problems,
    onDrift: (found) => note(`The router ${found}; it is put right`),
    onChange: () => tick.wake(),
  });
  const seen = platformView(service, platform, problems);
  const keeper = (colour: Colour) =>
    environmentKeeper({ service, colour, platform, clock, problems, onDone: () => tick.wake() });
  const keepers = { blue: keeper('blue'), green: keeper('green') };
  const jobs = jobDesk(runner, () => tick.wake());
  const evidence = evidenceBook({
    service,
    journal,
    clock,
    problems,
    state: story.state,
    onEvidence: () => void decideNow(),
  });

  /** Turns never overlap: each begins with the state that the one before it has left. */
  let turns: Promise<unknown> = Promise.resolve();
  function turn(extra: (state: ServiceState) => readonly Event[] = () => []): Promise<void> {
    const result = turns.then(() => (closed ? undefined : takeTurn(extra(story.state()))));
    turns = result.catch(() => undefined); // told to whoever asked for that turn
    return result;
  }
  const decideNow = () => turn().catch(report);

  const tick = ticker(clock, async () => {
    await Promise.all([seen.observe(), link.observe()]);
    await decideNow();
  });

  function world(): World | null {
    if (seen.observed === null) return null;
    const state = story.state();
    return {
      environments: seen.observed,
      routing: link.observed,
      jobs: jobs.results().filter(({ id, attempt }) => state.rollout?.results[id]?.attempt !== attempt),
      evidence: evidence.evidence(state),
      commands: commands.pending(),
    };
  }

  async function takeTurn(extra: readonly Event[]): Promise<void> {
    if (extra.length > 0) story.append(extra);
    const now = clock.now();
    const around = world();
    if (around === null) return tick.by(now + BUSY_TICK);
    const before = story.state();
    const decision = decide(before, around, now);
    const after = fold(before, decision.events);
    const towardsStable = await startMoveToStable(before, after, decision.desired, around);
    if (!write(decision.events, before, after, towardsStable)) {
      // What is written stays kept up meanwhile: a restarted instance must still get its traffic.
      converge(towardsStable ? decision.desired : desiredOf(before, around, now), around, false);
      return tick.by(now + BUSY_TICK);
    }
    problems.set('controller', null);
    commands.settle(
      decision.events,
      after,
      story.waiting > 0 ? ' (in memory: the journal cannot be written now)' : '',
    );
    converge(decision.desired, around, true);
    const moves = after.rollout !== null || after.afterwards.length > 0 || draining(after);
    tick.by(Math.min(decision.wakeAt, now + (moves ? BUSY_TICK : IDLE_TICK)));
    if (decision.events.length > 0) tick.wake();
  }

  /** Starts it before the journal is asked, since a rollback must neither wait for a disk nor fail with one. */
  async function startMoveToStable(
    before: ServiceState,
    after: ServiceState,
    next: Desired,
    around: World,
  ): Promise<boolean> {
    const routing = routingFor(next, after, around);
    const safe = safeColour(before, after);
    if (routing === null || safe === null) return false;
    if (!movesTo(safe, link.acknowledged ?? link.observed, routing)) return false;
    await Promise.race([link.converge(routing, true), parts.delay(HEAD_START)]);
    return true;
  }

  /** False where the disk refuses and nothing may go on. A move towards stable goes on with its events in memory. */
  function write(
    events: readonly Event[],
    before: ServiceState,
    after: ServiceState,
    towardsStable: boolean,
  ): boolean {
    try {
      if (events.length > 0 || story.waiting > 0) story.append(events);
      problems.set('journal', null);
      return true;
    } catch (error) {
      if (!isFull(error)) throw error;
      problems.set('journal', `Decisions wait: ${inWords(error)}`);
      const leaving = after.rollout !== null && (after.rollout.takeBack !== null || isRollback(after));
      if (leaving && (towardsStable || before.rollout?.takeBack || isRollback(before))) {
        story.hold(events);
        return true;
      }
      commands.giveUp(error);
      return false;
    }
  }

  function routingFor(wanted: Desired, state: ServiceState, around: World): Routing | null {
    const { environments } = around;
    return buildRouting({ service, desired: wanted, environments, releases: state.releases, previewSecret });
  }

  /** Everything here returns at once; what it starts wakes the loop when it is done. */
  function converge(wanted: Desired, around: World, all: boolean): void {
    desired = wanted;
    const state = story.state();
    const routing = routingFor(wanted, state, around);
    void link.converge(routing);
    if (!all) return;
    for (const colour of COLOURS) {
      const want = wanted.environments[colour];
      const of = want === null ? undefined : state.releases[want.release];
      if (want !== null && of === undefined)
        throw new TealError('E_INTERNAL', `Release ${want.release} is not recorded`);
      const order = want === null || of === undefined ? null : { ...want, of };
      // Stopping is no move towards stable: it waits for the journal, and for the router to forget the instances.
      const mayStop = story.waiting === 0 && !link.lists(colour);
      keepers[colour].converge(order, around.environments[colour], mayStop);
    }
    evidence.converge(state, wanted);
    jobs.converge(wanted.jobs, (job) => jobTarget(state, job, around.routing));
  }

  function report(error: unknown): void {
    log.error({ err: error }, 'a turn failed');
    problems.set('controller', inWords(error));
    tick.by(clock.now() + BUSY_TICK);
  }

  return {
    service,
    evidence,
    submit(command) {
      const taken = commands.submit(command);
      void decideNow();
      return taken;
    },
    record: (events) => turn(() => events),
    wake: () => tick.wake(),
    view: () => ({
      state: story.state(),
      desired,
      environments: seen.observed,
      routing: link.shown,
      evidence: evidence.evidence(story.state()),
      hurtByLast: story.state().last ? evidence.hurtBy(story.state().last!.id) : null,
      running: jobs.running(),
      recent: evidence.recent(),
      problems: problems.list(),
      previewSecret,
    }),
    async close() {
      closed = true;
      await tick.close();
      await turns;
      commands.close(
        new TealError('E_DAEMON_STOPPING', 'The daemon is stopping', {
          why: 'The command was not taken.',
          fix: 'Give it again when the daemon is back.',
        }),
      );
      await jobs.close();
      evidence.close();
    },
  };
}

const isRollback = ({ rollout }: ServiceState) => rollout?.kind === 'rollback';
const draining = ({ environments }: ServiceState) =>
  COLOURS.some((colour) => environments[colour].role === 'draining');

/**
 * Where traffic is safe: with stable, or, in a rollback after a promotion, with what it goes back to. Where a first release
 * is taken back there is neither: with the other environment, in which there is nothing.
 */
function safeColour(before: ServiceState, after: ServiceState): Colour | null {
  const { rollout } = after;
  if (rollout?.kind === 'rollback' && rollout.takeBack === null) return rollout.candidate.environment;
  const stable = stableOf(before);
  if (stable !== null) return stable.environment;
  return rollout?.takeBack ? other(rollout.candidate.environment) : null;
}
