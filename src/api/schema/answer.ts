/** What the API answers to a request. */
import { z } from 'zod';

/** A line of the NDJSON answer to a deploy: progress while the release is made, then the rollout or an error. */
export const deployProgress = z.union([
  z.object({ progress: z.enum(['reading', 'copying', 'building', 'recording']), detail: z.string() }),
  z.object({ output: z.string().describe('A line of the build') }),
  z.object({ rollout: z.string().nullable(), release: z.string(), note: z.string() }),
  z.object({ error: z.record(z.string(), z.unknown()) }),
]);

/** Answer to a command that was taken. */
export const commandAnswer = z.object({ rollout: z.string().nullable(), note: z.string() });

export const problem = z.object({
  code: z.string(),
  message: z.string(),
  why: z.string().optional(),
  fix: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
  exitCode: z.int().optional(),
});

export type DeployProgress = z.infer<typeof deployProgress>;
export type CommandAnswer = z.infer<typeof commandAnswer>;
