/** What the API takes. */
import { z } from 'zod';

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

export type DeployRequest = z.input<typeof deployRequest>;
export type CommandRequest = z.input<typeof commandRequest>;
export type RollbackRequest = z.input<typeof rollbackRequest>;
