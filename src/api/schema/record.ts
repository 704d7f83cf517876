/** What is kept of the past. */
import { z } from 'zod';
import { job, outcome, rollout, step, verdict } from './rollout.ts';
import { basisPoints, time } from './values.ts';

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

export type EventStatus = z.infer<typeof storedEvent>;
export type RolloutSummary = z.infer<typeof rolloutSummary>;
export type HistoryStatus = z.infer<typeof history>;
export type MomentStatus = z.infer<typeof moment>;
export type RolloutDetail = z.infer<typeof rolloutDetail>;
