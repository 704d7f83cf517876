/**
 * A service's surroundings without a clock, a process or a socket: instances that start, become ready or do not, a
 * router that obeys late or is away, jobs that pass, fail or are silent, and a daemon that forgets all but the journal.
 * Checks all invariants after every decision.
 */
import { type Decision, decide } from '../../src/core/decide.ts';
import type { Event, EventBody } from '../../src/core/events.ts';
import { fold } from '../../src/core/evolve.ts';
import { checkInvariants } from '../../src/core/invariants.ts';
import { COLOURS, type Colour, type JobResult, type ServiceState, type Split } from '../../src/core/model.ts';
import type { ServiceSpec } from '../../src/core/service/service-spec.ts';
import { initialState } from '../../src/core/state.ts';
import type {
  Command,
  CommandVerb,
  Evidence,
  MetricVerdict,
  ObservedInstance,
  World,
} from '../../src/core/world.ts';
import { releaseOf } from './builders.ts';

/** What a release's instances do when they are started. */
export type Behaviour = 'becomes ready' | 'never ready' | 'fails';
/** What a check or hook does when it is run. */
export type JobBehaviour = 'passes' | 'fails' | 'is silent';

interface Instance {
  readonly id: string;
  readonly startedAt: number;
  state: ObservedInstance['state'];
  /** How often it ended by itself, and when last. */
  exits?: { readonly count: number; readonly last: number };
}
interface Environment {
  release: string | null;
  instances: Instance[];
  inFlight: number;
}

const START = 1_000;
const JOB = 2_000;

export class SimulatedWorld {
  readonly service = 'shop';
  now: number;
  state: ServiceState;
  readonly history: Event[] = [];
  readonly violations: string[] = [];
  last: Decision | null = null;
  evidence: Evidence | null = null;
  /** How long the router takes to obey, ms; null: it is away. */
  routerLag: number | null = 0;
  /** How old the newest evidence is, ms; null: there is none. */
  telemetryLag: number | null = 0;
  /** How bad the candidate can be, and how many come. */
  pace: Evidence['pace'] = {
    upper: 0.01,
    clientsPerSecond: 10,
    countedSince: 0,
    clients: 400,
    alone: 1000,
  };
  problem: string | null = null;
  fellBackAt: number | null = null;
  /** How long requests in flight go on after an environment lost its weight, ms. */
  requests = 500;
  readonly behaviours = new Map<string, Behaviour>();
  readonly jobs = new Map<string, JobBehaviour>();
  readonly environments: Record<Colour, Environment> = {
    blue: { release: null, instances: [], inFlight: 0 },
    green: { release: null, instances: [], inFlight: 0 },
  };
  #commands: Command[] = [];
  #split: Split | null = null;
  #wanted: { readonly split: Split; readonly at: number } | null = null;
  #weightless: Record<Colour, number> = { blue: 0, green: 0 };
  readonly #running = new Map<string, { readonly attempt: number; readonly since: number }>();
  #next = 1;

  constructor(at = 1_800_000_000_000) {
    this.now = at;
    this.state = initialState(this.service);
  }

  /** Records a release. */
  release(id: string, spec: ServiceSpec): void {
    this.#append([{ type: 'release-recorded', release: releaseOf(id, spec), at: this.now, actor: 'alice' }]);
  }

  /** A person's command; taken up by the next look. Returns its id. */
  command(verb: CommandVerb, options: Partial<Command> = {}): string {
    const id = `c${this.#next++}`;
    this.#commands.push({ id, verb, actor: 'alice', at: this.now, ...options });
    return id;
  }

  /** Commands and looks at once; returns what the command was answered. */
  say(
    verb: CommandVerb,
    options: Partial<Command> = {},
  ): Extract<EventBody, { command: string; verb: CommandVerb }> {
    const id = this.command(verb, options);
    this.look();
    const answer = this.history.find(
      (event) =>
        (event.type === 'command-accepted' || event.type === 'command-refused') && event.command === id,
    );
    if (answer?.type !== 'command-accepted' && answer?.type !== 'command-refused') {
      throw new Error(`${verb} was not answered`);
    }
    return answer;
  }

  /** Observes, decides, journals, converges: one turn of the daemon's loop. */
  look(): Decision {
    const decision = this.#decide();
    this.#converge(decision);
    this.last = decision;
    return decision;
  }

  /** The daemon dies between the journal and everything that would have followed from it. */
  crashBeforeConverging(): void {
    this.#decide();
    this.crash();
  }

  #decide(): Decision {
    this.#move();
    const world = this.observe();
    const before = this.state;
    const decision = decide(before, world, this.now);
    this.#append(decision.events);
    this.#commands = this.#commands.filter(({ id }) => !this.state.handled.includes(id));
    const { now, state: after, history } = this;
    const { candidate, takeBack } = after.rollout ?? {};
    if (candidate && takeBack?.acknowledgedAt != null && (this.#split?.[candidate.environment] ?? 0) > 0) {
      this.violations.push('I4: requests still reach a candidate after the router has acknowledged');
    }
    this.violations.push(...checkInvariants({ before, world, now, decision, after, history }));
    return decision;
  }

  /** Lets time pass, looking whenever the decision asked to be woken, and at the end. */
  pass(ms: number): void {
    const end = this.now + ms;
    while (this.now < end) {
      const wake = this.last?.wakeAt ?? this.now;
      this.now = Math.min(end, Math.max(this.now + 200, Math.min(wake, this.now + 5_000)));
      this.look();
    }
  }

  /** Lets time pass until a condition holds; throws when it does not within `within` ms. */
  passUntil(condition: () => boolean, within: number): void {
    const end = this.now + within;
    while (!condition()) {
      if (this.now >= end)
        throw new Error(`Not reached; state: ${JSON.stringify(this.state.rollout, null, 1)}`);
      const { rollout } = this.state;
      const step = rollout?.steps[rollout.step];
      // After an hour in one step nothing moves any more but the clock.
      const isOld = step?.startedAt != null && this.now > step.startedAt + 3_600_000;
      const isHeld = rollout?.pause != null || step?.state === 'pending' || isOld;
      // What moves by itself is seen within seconds, as a real platform's and router's changes are.
      this.now = Math.min(this.last?.wakeAt ?? this.now + 200, this.now + (isHeld ? 60_000 : 5_000));
      this.look();
    }
  }

  /** The daemon dies and comes back: only the journal is left. Running jobs are run again. */
  crash(): void {
    this.state = fold(initialState(this.service), this.history);
    this.#running.clear();
    this.last = null;
  }

  /** Changes the state of all instances there. */
  become(colour: Colour, state: ObservedInstance['state']): void {
    for (const instance of this.environments[colour].instances) instance.state = state;
  }

  /** All instances there end by themselves, and are started again at once. */
  exit(colour: Colour): void {
    for (const instance of this.environments[colour].instances) {
      instance.exits = { count: (instance.exits?.count ?? 0) + 1, last: this.now };
    }
  }

  /** What the judge says of the running rollout. */
  judge(change: Partial<MetricVerdict> | null, alarm: Evidence['alarm'] = null, hurt = 0): void {
    const rollout = this.state.rollout?.id;
    if (rollout === undefined) {
      this.evidence = null;
      return;
    }
    const metric: MetricVerdict = {
      metric: 'errors',
      verdict: 'undecided',
      e: { harm: 0.5, safe: 0.9 },
      ratio: [0.5, 2],
      candidate: { n: 100, bad: 0 },
      stable: { n: 900, bad: 1 },
      leaningSafe: false,
      explanation: '12 of 240 clients got errors',
      ...change,
    };
    this.evidence = {
      rollout,
      metrics: change === null ? [] : [metric],
      together: null,
      alarm,
      doubt: null,
      hurt,
      upTo: 0,
      pace: this.pace,
    };
  }

  /** Everything that may be observed now. */
  observe(): World {
    const routing =
      this.routerLag === null || this.last?.desired.routing == null
        ? null
        : {
            split: this.#split,
            revision: '1',
            inFlight: { blue: this.environments.blue.inFlight, green: this.environments.green.inFlight },
            healthy: { blue: this.#ready('blue'), green: this.#ready('green') },
            previews: { blue: null, green: null },
            url: 'http://127.0.0.1:8080',
            problem: this.problem,
            fellBackAt: this.fellBackAt,
          };
    return {
      environments: { blue: this.#observed('blue'), green: this.#observed('green') },
      routing,
      jobs: this.#results(),
      evidence: this.#evidence(),
      commands: this.#commands,
    };
  }

  /** Of the running rollout, up to now unless the telemetry is behind. */
  #evidence(): Evidence | null {
    const rollout = this.state.rollout?.id;
    const upTo = this.now - (this.telemetryLag ?? Number.POSITIVE_INFINITY);
    if (this.evidence) return { ...this.evidence, upTo, pace: this.pace };
    return rollout === undefined
      ? null
      : { rollout, metrics: [], together: null, alarm: null, doubt: null, hurt: 0, upTo, pace: this.pace };
  }

  /** Types of the events so far, oldest first. */
  get types(): readonly string[] {
    return this.history.map(({ type }) => type);
  }

  #append(events: readonly Event[]): void {
    this.history.push(...events);
    if (events.some(({ type }) => type === 'rollout-started')) this.evidence = null;
    this.state = fold(this.state, events);
  }

  #ready(colour: Colour): number {
    return this.environments[colour].instances.filter(({ state }) => state === 'ready').length;
  }

  /** What happened by itself since the last look. */
  #move(): void {
    const wanted = this.#wanted;
    if (wanted && this.routerLag !== null && this.now >= wanted.at + this.routerLag) {
      for (const colour of COLOURS) {
        if ((this.#split?.[colour] ?? 0) > 0 && wanted.split[colour] === 0)
          this.#weightless[colour] = this.now;
      }
      this.#split = wanted.split;
      this.#wanted = null;
    }
    for (const colour of COLOURS) {
      const environment = this.environments[colour];
      for (const instance of environment.instances) {
        if (instance.state !== 'starting' || this.now < instance.startedAt + START) continue;
        const behaviour = this.behaviours.get(environment.release ?? '') ?? 'becomes ready';
        if (behaviour === 'becomes ready') instance.state = 'ready';
        if (behaviour === 'fails') instance.state = 'failed';
      }
      const served = (this.#split?.[colour] ?? 0) > 0 && this.#ready(colour) > 0;
      if (served) environment.inFlight = 3;
      else if (this.now >= this.#weightless[colour] + this.requests) environment.inFlight = 0;
    }
  }

  #converge({ desired }: Decision): void {
    for (const colour of COLOURS) {
      const wanted = desired.environments[colour];
      const environment = this.environments[colour];
      if (wanted === null) {
        this.environments[colour] = { release: null, instances: [], inFlight: 0 };
        continue;
      }
      if (environment.release !== null && environment.release !== wanted.release) {
        this.violations.push(
          `${colour}: ${wanted.release} is to run where ${environment.release} has not stopped`,
        );
      }
      environment.release = wanted.release;
      environment.instances.length = Math.min(environment.instances.length, wanted.instances);
      while (environment.instances.length < wanted.instances) {
        const id = `shop-${colour}-${environment.instances.length + 1}`;
        environment.instances.push({ id, startedAt: this.now, state: 'starting' });
      }
    }
    const split = desired.routing?.split;
    if (split && this.routerLag !== null) {
      const same = (other: Split | null | undefined) =>
        other?.blue === split.blue && other.green === split.green;
      if (same(this.#split)) this.#wanted = null;
      else if (!same(this.#wanted?.split)) this.#wanted = { split, at: this.now };
      if (this.routerLag === 0) this.#move();
    }
    for (const id of this.#running.keys()) {
      if (!desired.jobs.some((job) => job.id === id)) this.#running.delete(id);
    }
    for (const { id, attempt } of desired.jobs) {
      if (this.#running.get(id)?.attempt !== attempt) this.#running.set(id, { attempt, since: this.now });
    }
  }

  #results(): readonly JobResult[] {
    return [...this.#running].flatMap(([id, { attempt, since }]): readonly JobResult[] => {
      const behaviour = this.jobs.get(id.split('/').at(-1) ?? '') ?? 'passes';
      if (behaviour === 'is silent' || this.now < since + JOB) return [];
      const outcome = behaviour === 'passes' ? 'passed' : 'failed';
      const summary = outcome === 'passed' ? 'exit code 0' : 'exit code 1';
      return [{ id, attempt, outcome, startedAt: since, endedAt: this.now, summary, evidence: 'output' }];
    });
  }

  #observed(colour: Colour): World['environments'][Colour] {
    const { release, instances } = this.environments[colour];
    return {
      colour,
      release,
      problem: null,
      instances: instances.map(({ id, state, startedAt, exits }) => ({
        id,
        endpoint: { host: '127.0.0.1', port: 4000 },
        state,
        pid: 100,
        startedAt,
        restarts: state === 'failed' ? 5 : (exits?.count ?? 0),
        lastProbe: {
          at: this.now,
          ok: state === 'ready',
          detail: state === 'ready' ? '200' : 'GET /healthz: 500',
        },
        lastExit:
          state === 'failed'
            ? { at: this.now, code: 1, signal: null }
            : exits
              ? { at: exits.last, code: 1, signal: null }
              : null,
        logTail: state === 'failed' ? ['Error: no database'] : [],
      })),
    };
  }
}
