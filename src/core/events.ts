/** What the journal holds: one union, past tense, plain data. `evolve` folds it, history shows it. */
import type {
  Actor,
  Colour,
  JobResult,
  Outcome,
  QueuedRollout,
  Release,
  RolloutKind,
  Split,
  Step,
  TakeBack,
} from './model.ts';
import type { CommandVerb, MetricVerdict } from './world.ts';

/** An event with when it was decided (Unix ms) and by whom. */
export type Event = EventBody & { readonly at: number; readonly actor: Actor };

export type EventBody =
  /** A release was made; it belongs to no rollout yet. */
  | { readonly type: 'release-recorded'; readonly release: Release }
  | { readonly type: 'release-pruned'; readonly release: string }
  | {
      readonly type: 'rollout-started';
      readonly rollout: string;
      readonly number: number;
      readonly kind: RolloutKind;
      readonly strategy: 'blue-green' | 'canary';
      readonly stable: { readonly release: string; readonly environment: Colour } | null;
      readonly candidate: { readonly release: string; readonly environment: Colour };
      readonly steps: readonly Step[];
      readonly seed: number;
      readonly message: string | null;
      readonly command: string;
    }
  | {
      readonly type: 'command-accepted';
      readonly command: string;
      readonly verb: CommandVerb;
      readonly note: string;
    }
  /** `code` is a stable error code, e.g. E_ROLLOUT_RUNNING. */
  | {
      readonly type: 'command-refused';
      readonly command: string;
      readonly verb: CommandVerb;
      readonly code: `E_${string}`;
      readonly reason: string;
      readonly fix: string;
    }
  /** An accepted command's rollout starts when the running one has been taken back. */
  | { readonly type: 'rollout-queued'; readonly queued: QueuedRollout }
  | { readonly type: 'rollout-unqueued'; readonly command: string; readonly reason: string }
  | { readonly type: 'step-started'; readonly step: number }
  | { readonly type: 'step-done'; readonly step: number; readonly note: string }
  | { readonly type: 'step-skipped'; readonly step: number; readonly reason: string }
  | { readonly type: 'split-changed'; readonly split: Split; readonly reason: string }
  | { readonly type: 'candidate-exposed' }
  | { readonly type: 'job-finished'; readonly result: JobResult }
  | { readonly type: 'rollout-out' }
  | { readonly type: 'paused'; readonly until: number; readonly reason: string }
  | { readonly type: 'resumed'; readonly reason: string }
  | { readonly type: 'health-lost'; readonly environment: Colour; readonly detail: string }
  | { readonly type: 'health-regained'; readonly environment: Colour }
  | { readonly type: 'verdict-reached'; readonly verdict: MetricVerdict }
  /** In the bake, against history; `raised` is the alarm's own time, Unix ms. */
  | {
      readonly type: 'alarm-raised';
      readonly metric: string;
      readonly raised: number;
      readonly explanation: string;
    }
  /** Clients do not follow the weights: what the arms are compared by is not to be trusted. */
  | { readonly type: 'evidence-doubted'; readonly explanation: string }
  | { readonly type: 'retreated'; readonly reason: string; readonly count: number }
  | { readonly type: 'retreat-ended'; readonly reason: string }
  | ({ readonly type: 'take-back-decided' } & Omit<TakeBack, 'at' | 'acknowledgedAt' | 'actor'>)
  | { readonly type: 'take-back-acknowledged' }
  | {
      readonly type: 'rollout-ended';
      readonly outcome: Outcome;
      readonly reason: string;
      readonly hurt: number;
    }
  | {
      readonly type: 'environment-changed';
      readonly environment: Colour;
      readonly role: 'empty' | 'candidate' | 'stable' | 'warm' | 'draining';
      readonly release: string | null;
      readonly until: number | null;
    }
  | {
      readonly type: 'maintenance-began';
      readonly message: string | null;
      readonly until: number | null;
      readonly hold: number;
    }
  | { readonly type: 'maintenance-ended'; readonly reason: string }
  | { readonly type: 'note'; readonly text: string };
