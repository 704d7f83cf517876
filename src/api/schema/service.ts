/** A service, and how to reach and read it. */
import { z } from 'zod';
import { environment } from './environment.ts';
import { ended, rollout } from './rollout.ts';
import { basisPoints, colour, time } from './values.ts';

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

export const logLine = z.object({ colour, instance: z.string(), text: z.string() });

export const health = z.object({ ok: z.boolean(), version: z.string(), pid: z.int(), home: z.string() });

export type ServiceStatus = z.infer<typeof service>;
export type PreviewStatus = z.infer<typeof preview>;
export type HealthStatus = z.infer<typeof health>;
export type LogLineStatus = z.infer<typeof logLine>;
