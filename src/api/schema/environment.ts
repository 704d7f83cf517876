/** What is in an environment. */
import { z } from 'zod';
import { time } from './values.ts';

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

export type EnvironmentStatus = z.infer<typeof environment>;
