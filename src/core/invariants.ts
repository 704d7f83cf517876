/** What must hold after every decision, whatever people, machines and clocks do. Executable; names as in ARCHITECTURE.md. */
import { ENOUGH_CLIENTS } from '../judge/index.ts';
import { type Decision, decide } from './decide.ts';
import type { Event } from './events.ts';
import { fold } from './evolve.ts';
import { ALL, COLOURS, type ServiceState } from './model.ts';
import { candidateWeight, specOf } from './state.ts';
import { isServing, type Turn } from './turn.ts';
import { evidenceOf } from './waiting/alarm.ts';
import { pacingOf } from './waiting/pace.ts';
import { TICK } from './waiting/times.ts';
import { waits } from './waiting/waits.ts';
import type { World } from './world.ts';

/** One decision with everything around it. */
export interface Observation {
  readonly before: ServiceState;
  readonly world: World;
  readonly now: number;
  readonly decision: Decision;
  /** `before` with the decision's events folded in. */
  readonly after: ServiceState;
  /** All events since the service's first, the decision's among them. */
  readonly history: readonly Event[];
}

type Predicate = (observation: Observation) => readonly string[];

/** Violations in words, each beginning with the invariant's name; empty: all is well. */
export function checkInvariants(observation: Observation): readonly string[] {
  return Object.entries(INVARIANTS).flatMap(([name, holds]) =>
    holds(observation).map((violation) => `${name}: ${violation}`),
  );
}

const INVARIANTS: Readonly<Record<string, Predicate>> = {
  I1: weightsOnlyWhereReady,
  I2: onlyForwardInARamp,
  I3: widerOnlyByShift,
  I4: nothingAfterTakeBack,
  I5: stoppedOnlyWhenIdle,
  I6: stableAtFullSize,
  I7: oneStableAndReasons,
  I8: everyWaitEnds,
  I9: crashChangesNothing,
  I10: holdsNeverSuspendSafety,
};

/** Weights add up; weight is only ever moved to where something is ready, unless nothing is or it is a way back. */
function weightsOnlyWhereReady({ before, after, world, now, decision }: Observation): readonly string[] {
  const found: string[] = [];
  for (const split of [after.split, decision.desired.routing?.split ?? null]) {
    if (split && split.blue + split.green !== ALL)
      found.push(`weights add up to ${split.blue + split.green}`);
    if (split && (split.blue < 0 || split.green < 0)) found.push('a weight is negative');
  }
  const turn: Turn = { state: after, world, now };
  if (decision.events.some(({ type }) => type === 'take-back-decided' || type === 'retreated')) return found;
  for (const colour of COLOURS) {
    const raised = (after.split?.[colour] ?? 0) > (before.split?.[colour] ?? 0);
    if (raised && !isServing(turn, colour)) found.push(`${colour} gets weight without a ready instance`);
  }
  return found;
}

/** The candidate's share and the seed only change as a client may notice them: towards the candidate. */
function onlyForwardInARamp({ before, after, decision }: Observation): readonly string[] {
  if (!before.rollout || before.rollout.id !== after.rollout?.id) return [];
  const back = decision.events.some(({ type }) => type === 'take-back-decided' || type === 'retreated');
  const found: string[] = [];
  if (candidateWeight(after) < candidateWeight(before) && !back) found.push('the share shrank in a ramp');
  if (after.rollout.seed !== before.rollout.seed) found.push('the seed changed in a rollout');
  return found;
}

/** A wider share comes from the running shift step, with all before it passed, or from the end of a retreat. */
function widerOnlyByShift({ before, world, now, decision }: Observation): readonly string[] {
  const found: string[] = [];
  let state = before;
  for (const [index, event] of decision.events.entries()) {
    const next = fold(state, [event]);
    const colour = state.rollout?.candidate.environment;
    if (event.type === 'split-changed' && colour && event.split[colour] > (state.split?.[colour] ?? 0)) {
      const step = state.rollout?.steps[state.rollout.step];
      const turn: Turn = { state, world, now };
      const isStep = step?.kind === 'shift' && step.state === 'running';
      const shifts = isStep && mayReach(turn, step.weight, event.split[colour]);
      const returns = decision.events[index - 1]?.type === 'retreat-ended';
      if (!shifts && !returns) found.push('the share grew without a shift step');
      if (state.rollout?.takeBack) found.push('the share grew after a decision to take back');
    }
    state = next;
  }
  return found;
}

/** At a fixed pace a shift goes to its weight at once; else no further than the harm budget lets it. */
function mayReach(turn: Turn, wanted: number, weight: number): boolean {
  const pacing = turn.state.rollout && pacingOf(turn, turn.state.rollout);
  if (!pacing || wanted === ALL) return weight === wanted;
  const { ceiling, clients, clientsPerSecond } = pacing;
  // Somebody has to be first; and where nobody came for the longest wait nobody is there to be hurt.
  const isHarmless = weight === 1 || clients < ENOUGH_CLIENTS;
  return weight <= wanted && clientsPerSecond !== null && (isHarmless || weight <= (ceiling ?? 0) * ALL);
}

/** From the decision on the wanted split has nothing for the candidate. */
function nothingAfterTakeBack({ after, decision }: Observation): readonly string[] {
  const { rollout } = after;
  if (!rollout?.takeBack) return [];
  const { routing } = decision.desired;
  const weight = candidateWeight(after) || (routing?.split[rollout.candidate.environment] ?? 0);
  const found = weight > 0 ? [`${weight} basis points are wanted for a candidate that is taken back`] : [];
  if (routing && !rollout.stable && routing.outage === null) found.push('no outage is announced');
  return found;
}

/** What serves or drains is not stopped, before its deadline. A worker has no requests to wait for. */
function stoppedOnlyWhenIdle({ before, world, now, decision }: Observation): readonly string[] {
  const { routing } = world;
  if (decision.desired.routing === null) return [];
  return COLOURS.flatMap((colour) => {
    const { role, until } = before.environments[colour];
    const stopped = decision.events.some(
      (event) =>
        event.type === 'environment-changed' && event.environment === colour && event.role === 'empty',
    );
    if (!stopped || (role === 'draining' && until !== null && now >= until)) return [];
    const busy = routing === null || routing.inFlight[colour] > 0 || (routing.split?.[colour] ?? 0) > 0;
    return busy ? [`${colour} is stopped while it may have requests in flight`] : [];
  });
}

/** Stable and what is warm keep every instance. */
function stableAtFullSize({ after, decision }: Observation): readonly string[] {
  return COLOURS.flatMap((colour) => {
    const { role, release } = after.environments[colour];
    if (release === null || (role !== 'stable' && role !== 'warm')) return [];
    const desired = decision.desired.environments[colour];
    const full = desired?.release === release && desired.instances === specOf(after, release).instances;
    return full ? [] : [`${colour}, ${role}, is not wanted at its full size`];
  });
}

/** One stable release, one rollout at a time, each with its end and a reason; every command with one answer. */
function oneStableAndReasons({ before, after, decision, history }: Observation): readonly string[] {
  const found: string[] = [];
  const started = history.filter(({ type }) => type === 'rollout-started').length;
  const ended = history.filter(({ type }) => type === 'rollout-ended').length;
  if (started - ended !== (after.rollout ? 1 : 0)) found.push(`${started} rollouts started, ${ended} ended`);
  const answers = history.flatMap((event) =>
    event.type === 'command-accepted' || event.type === 'command-refused' ? [event.command] : [],
  );
  if (new Set(answers).size < answers.length) found.push('a command was answered twice');
  if (COLOURS.filter((colour) => after.environments[colour].role === 'stable').length > 1) {
    found.push('two environments are stable');
  }
  const had = COLOURS.some((colour) => before.environments[colour].role === 'stable');
  const has = COLOURS.some((colour) => after.environments[colour].role === 'stable');
  if (had && !has) found.push('nothing is stable any more');
  for (const event of decision.events) {
    if (event.type === 'rollout-ended' && event.reason === '') found.push('a rollout ended without a reason');
  }
  return found;
}

/** A rollout always waits for something with an end in the future, and the loop wakes in time for it. */
function everyWaitEnds({ after, world, now, decision }: Observation): readonly string[] {
  const found: string[] = [];
  if (!(decision.wakeAt > now) || decision.wakeAt > now + TICK)
    found.push(`wakes at ${decision.wakeAt - now}`);
  if (!after.rollout) return found;
  const all = waits({ state: after, world, now });
  if (!all.some(({ until }) => Number.isFinite(until))) found.push('a rollout waits for nothing');
  return found;
}

/** The journal alone gives the same state, and the same world gives nothing new: a crash anywhere is a repetition. */
function crashChangesNothing({ before, after, world, now, decision }: Observation): readonly string[] {
  const found: string[] = [];
  if (after.version !== before.version + decision.events.length)
    found.push('the version does not count events');
  const again = decide(after, world, now);
  if (again.events.length > 0)
    found.push(`decides again: ${again.events.map(({ type }) => type).join(', ')}`);
  if (JSON.stringify(again.desired) !== JSON.stringify(decision.desired)) found.push('wants something else');
  return found;
}

/** Harm takes a candidate back wherever the rollout stands. */
function holdsNeverSuspendSafety({ after, world, now }: Observation): readonly string[] {
  const { rollout } = after;
  if (!rollout || rollout.takeBack || rollout.kind === 'rollback') return [];
  const evidence = evidenceOf({ state: after, world, now });
  const harmed = evidence?.metrics.some(({ verdict }) => verdict === 'harm') ?? false;
  return harmed ? ['harm is known and the candidate is not taken back'] : [];
}
