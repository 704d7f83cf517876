/** A rollout, running or ended. */
import { z } from 'zod';
import { basisPoints, time } from './values.ts';

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

export type RolloutStatus = z.infer<typeof rollout>;
export type StepStatus = z.infer<typeof step>;
export type JobStatus = z.infer<typeof job>;
export type PaceStatus = z.infer<typeof pace>;
export type VerdictStatus = z.infer<typeof verdict>;
export type EndedStatus = z.infer<typeof ended>;
