/** How far a rollout is that someone waits for: pure. */
import type { ServiceStatus } from '../../api/schema.ts';
import type { ExitCode } from '../../core/error.ts';
import type { Outcome } from '../../core/model.ts';

/** What is followed: the rollout, or, where it is still queued behind another, the release that it will bring. */
export interface Followed {
  readonly rollout: string | null;
  readonly release: string;
}

export type Standing =
  /** Queued behind a rollout that is being taken back. */
  | { readonly kind: 'queued' }
  | { readonly kind: 'running'; readonly rollout: string }
  /** All traffic is on the candidate; it bakes until then (RFC 3339), where that is known. */
  | { readonly kind: 'out'; readonly rollout: string; readonly until: string | null }
  | { readonly kind: 'ended'; readonly rollout: string; readonly outcome: Outcome; readonly reason: string }
  /** It neither runs nor was the last one to end. */
  | { readonly kind: 'gone' };

/** Where the followed rollout stands in a status. */
export function standing({ rollout, release }: Followed, status: ServiceStatus): Standing {
  const running = status.rollout;
  if (rollout === null) {
    if (running && status.candidate?.release === release && !running.takingBack) {
      return standing({ rollout: running.id, release }, status);
    }
    return running ? { kind: 'queued' } : { kind: 'gone' };
  }
  if (running?.id === rollout) {
    return running.outAt && !running.takingBack
      ? { kind: 'out', rollout, until: running.until }
      : { kind: 'running', rollout };
  }
  if (status.last?.id === rollout) {
    return { kind: 'ended', rollout, outcome: status.last.outcome, reason: status.last.reason };
  }
  return { kind: 'gone' };
}

/** The exit code that stands for an outcome. */
export const EXIT_CODES: Readonly<Record<Outcome, ExitCode>> = {
  promoted: 0,
  'rolled-back': 3,
  failed: 4,
  aborted: 5,
};
