/**
 * What the API says and takes: one source for validation, OpenAPI and the types of the command line. Everything that
 * only needs the types imports them with `import type`, so that zod is not loaded.
 */
import { z } from 'zod';

const time = z.iso.datetime().describe('RFC 3339, UTC');
const basisPoints = z.int().min(0).max(10_000).describe('Share of traffic in basis points');
export const colour = z.enum(['blue', 'green']);

export const instance = z.object({
  id: z.string(),
  endpoint: z.string().nullable().describe('host:port'),
  state: z.enum(['starting', 'ready', 'unready', 'stopping', 'backing-off', 'failed']),
  pid: z.int().nullable(),
  restarts: z.int(),
  lastProbe: z.object({ at: time, ok: z.boolean(), detail: z.string() }).nullable(),
});

export const environment = z.object({
  release: z.string().nullable(),
  state: z.enum(['empty', 'candidate', 'stable', 'warm', 'draining']),
  until: time.nullable(),
  instances: z.array(instance),
  inFlight: z.int(),
  problem: z.string().nullable(),
  /** Over the last ten seconds, from the router's telemetry; null: no traffic seen. */
  traffic: z
    .object({
      requestsPerSecond: z.number(),
      errorRate: z.number().describe('Share of requests that hurt, 0-1'),
      p50: z.number().nullable().describe('ms'),
      p95: z.number().nullable().describe('ms'),
      p99: z.number().nullable().describe('ms'),
    })
    .nullable(),
});

export const verdict = z.object({
  metric: z.string(),
  verdict: z.enum(['harm', 'safe', 'undecided']),
  e: z.object({ harm: z.number(), safe: z.number() }),
  /** E values needed for harm and safe. */
  needed: z.object({ harm: z.number(), safe: z.number() }),
  ratio: z.tuple([z.number(), z.number()]),
  candidate: z.object({ n: z.number(), bad: z.number() }),
  stable: z.object({ n: z.number(), bad: z.number() }),
  explanation: z.string(),
});

export const step = z.object({
  kind: z.enum(['hook', 'prepare', 'verify', 'approve', 'shift', 'observe', 'bake']),
  /** In words, e.g. "5 % of clients". */
  label: z.string(),
  weight: basisPoints.optional(),
  state: z.enum(['pending', 'running', 'done', 'skipped']),
  startedAt: time.nullable(),
  endedAt: time.nullable(),
});

export const job = z.object({
  id: z.string(),
  kind: z.enum(['check', 'hook']),
  name: z.string(),
  state: z.enum(['running', 'passed', 'failed']),
  summary: z.string().nullable(),
  evidence: z.string().nullable(),
});

/** Where the pace stands while evidence sets it, and what it follows from. */
export const pace = z.object({
  /** Upper bound, 0-1: the share of its clients that the candidate hurts and stable would not have. */
  upper: z.number().min(0).max(1),
  /** Clients of the service a second at their peak; null: being counted. */
  clientsPerSecond: z.number().nullable(),
  /** Clients that a bad release may hurt before Teal can react. */
  budget: z.number(),
  /** The widest share that this budget allows now; null: the clients are being counted. */
  allowed: basisPoints.nullable(),
  /** The share that it is on its way to; null: none. */
  next: basisPoints.nullable(),
  /** In a sentence. */
  explanation: z.string(),
});

export const rollout = z.object({
  id: z.string(),
  kind: z.enum(['deploy', 'rollback']),
  step: z.int(),
  steps: z.array(step),
  startedAt: time,
  startedBy: z.string(),
  message: z.string().nullable(),
  waitingFor: z.string().nullable(),
  until: time.nullable(),
  reason: z.string().nullable(),
  outAt: time.nullable(),
  takingBack: z.boolean(),
  paused: z.boolean(),
  jobs: z.array(job),
  verdicts: z.array(verdict),
  /** null: its times are fixed, or the ramp is over. */
  pace: pace.nullable(),
  /** Clients that came in the bake, and how many must before it ends by itself; null: none runs, or its time alone ends it. */
  bake: z.object({ clients: z.int(), needed: z.int() }).nullable(),
  hurt: z.int(),
});

export const outcome = z.enum(['promoted', 'rolled-back', 'failed', 'aborted']);

export const ended = z.object({
  id: z.string(),
  kind: z.enum(['deploy', 'rollback']),
  release: z.string(),
  outcome,
  reason: z.string(),
  startedAt: time,
  endedAt: time,
  hurt: z.int(),
});

export const service = z.object({
  service: z.string(),
  phase: z.enum(['idle', 'rolling', 'waiting', 'paused', 'rolling-back', 'failed']),
  strategy: z.enum(['blue-green', 'canary']),
  listen: z.string().nullable(),
  stable: z.object({ release: z.string(), environment: colour }).nullable(),
  candidate: z.object({ release: z.string(), environment: colour }).nullable(),
  split: z.object({ blue: basisPoints, green: basisPoints }).nullable().describe('Read back from the router'),
  environments: z.object({ blue: environment, green: environment }),
  rollout: rollout.nullable(),
  maintenance: z
    .object({
      since: time,
      until: time.nullable().describe('Ends by itself then'),
      by: z.string(),
      message: z.string().nullable(),
      hold: z.int().describe('ms'),
    })
    .nullable()
    .describe('Users are kept out; null: they are not'),
  last: ended.nullable(),
  /** What a person should know: the router or platform cannot be reached, a port is taken, a fallback happened. */
  problems: z.array(z.string()),
  releases: z.array(
    z.object({
      id: z.string(),
      createdAt: time,
      standing: z.enum(['new', 'good', 'bad']),
      message: z.string().nullable(),
    }),
  ),
});

/** A line of the NDJSON answer to a deploy: progress while the release is made, then the rollout or an error. */
export const deployProgress = z.union([
  z.object({ progress: z.enum(['reading', 'copying', 'building', 'recording']), detail: z.string() }),
  z.object({ output: z.string().describe('A line of the build') }),
  z.object({ rollout: z.string().nullable(), release: z.string(), note: z.string() }),
  z.object({ error: z.record(z.string(), z.unknown()) }),
]);

export const deployRequest = z.strictObject({
  /** Absolute path of the teal.yaml. */
  file: z.string().optional(),
  /** An earlier release instead of the folder's content. */
  release: z.string().optional(),
  /** A git commit, branch or tag instead of the working tree. */
  ref: z.string().optional(),
  strategy: z.enum(['blue-green', 'canary']).optional(),
  message: z.string().max(1000).optional(),
  replace: z.boolean().default(false),
  yes: z.boolean().default(false),
  actor: z.string().max(200).optional(),
});

export const commandRequest = z.strictObject({
  actor: z.string().max(200).optional(),
  yes: z.boolean().default(false),
});

/** Durations in ms. */
export const maintenanceRequest = z.strictObject({
  actor: z.string().max(200).optional(),
  on: z.boolean().describe('false: users are let in again'),
  message: z.string().max(500).optional().describe('For users, on the page that they get'),
  for: z
    .int()
    .min(1_000)
    .max(30 * 86_400_000)
    .optional()
    .describe('Ends by itself after so many ms'),
  hold: z.int().min(0).max(300_000).default(0).describe('Requests wait this many ms before they are refused'),
});

export const rollbackRequest = z.strictObject({
  to: z.string().optional(),
  actor: z.string().max(200).optional(),
  yes: z.boolean().default(false),
});

/** Answer to a command that was taken. */
export const commandAnswer = z.object({ rollout: z.string().nullable(), note: z.string() });

export const storedEvent = z.object({
  id: z.int(),
  version: z.int(),
  service: z.string(),
  rollout: z.string().nullable(),
  at: time,
  actor: z.string(),
  type: z.string(),
  /** In words. */
  text: z.string(),
  data: z.record(z.string(), z.unknown()),
});

export const preview = z.object({
  service: z.string(),
  targets: z.array(
    z.object({
      name: z.enum(['candidate', 'blue', 'green']),
      release: z.string().nullable(),
      url: z.string().nullable(),
    }),
  ),
  header: z.object({ name: z.string(), value: z.string() }),
  listen: z.string().nullable(),
});

export const problem = z.object({
  code: z.string(),
  message: z.string(),
  why: z.string().optional(),
  fix: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
  exitCode: z.int().optional(),
});

export const health = z.object({ ok: z.boolean(), version: z.string(), pid: z.int(), home: z.string() });

export type ServiceStatus = z.infer<typeof service>;
export type EnvironmentStatus = z.infer<typeof environment>;
export type RolloutStatus = z.infer<typeof rollout>;
export type StepStatus = z.infer<typeof step>;
export type JobStatus = z.infer<typeof job>;
export type PaceStatus = z.infer<typeof pace>;
export type VerdictStatus = z.infer<typeof verdict>;
export type EndedStatus = z.infer<typeof ended>;
export type DeployProgress = z.infer<typeof deployProgress>;
export type DeployRequest = z.input<typeof deployRequest>;
export type CommandRequest = z.input<typeof commandRequest>;
export type RollbackRequest = z.input<typeof rollbackRequest>;
export type CommandAnswer = z.infer<typeof commandAnswer>;
export type EventStatus = z.infer<typeof storedEvent>;
export type PreviewStatus = z.infer<typeof preview>;
export type HealthStatus = z.infer<typeof health>;

export const logLine = z.object({ colour, instance: z.string(), text: z.string() });

/** One rollout of the past or the present, in short. */
export const rolloutSummary = z.object({
  id: z.string(),
  service: z.string(),
  kind: z.enum(['deploy', 'rollback']),
  strategy: z.enum(['blue-green', 'canary']),
  release: z.string(),
  /** The release that was stable when it began; null: it was the first deployment. */
  from: z.string().nullable(),
  startedAt: time,
  startedBy: z.string(),
  message: z.string().nullable(),
  /** The four below are null while it runs. */
  endedAt: time.nullable(),
  outcome: outcome.nullable(),
  reason: z.string().nullable(),
  hurt: z.int().nullable(),
});

/** Newest rollouts first; events oldest first. */
export const history = z.object({
  service: z.string(),
  rollouts: z.array(rolloutSummary),
  events: z.array(storedEvent),
});

/** What was known of a metric at one moment of a rollout, counted from the rollout's beginning. */
export const metricMoment = verdict.omit({ needed: true, explanation: true });

export const moment = z.object({
  at: time,
  weight: basisPoints.describe("Candidate's share"),
  metrics: z.array(metricMoment),
});

/** Everything about one rollout. */
export const rolloutDetail = rolloutSummary.extend({
  /** As in the service's status; null once it has ended. */
  current: rollout.nullable(),
  steps: z.array(step),
  /** What checks and hooks found. */
  jobs: z.array(job),
  /** What the judge last said of each metric. */
  verdicts: z.array(verdict),
  /** The evidence over time, oldest first: at most some sixty moments. */
  replay: z.array(moment),
  events: z.array(storedEvent),
});

export type LogLineStatus = z.infer<typeof logLine>;
export type RolloutSummary = z.infer<typeof rolloutSummary>;
export type HistoryStatus = z.infer<typeof history>;
export type MomentStatus = z.infer<typeof moment>;
export type RolloutDetail = z.infer<typeof rolloutDetail>;
