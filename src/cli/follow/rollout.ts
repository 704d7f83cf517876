import type { ApiClient } from '../../api/client.ts';
import type { ServiceStatus } from '../../api/schema.ts';
import { TealError } from '../../core/error.ts';
import { paths } from '../api.ts';
import type { Output } from '../terminal/output.ts';
import { onInterrupt } from './interrupt.ts';
import { presenter } from './presenter.ts';
import { type Followed, type Standing, standing } from './progress.ts';
import { statuses } from './statuses.ts';

export interface FollowOptions {
  readonly service: string;
  readonly followed: Followed;
  /** `out`: return as soon as all traffic is on the candidate; `end`: when the rollout has ended. */
  readonly until: 'out' | 'end';
  /** Show nothing. */
  readonly quiet?: boolean;
}

export type FollowResult =
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'done'; readonly standing: Standing; readonly status: ServiceStatus };

/**
 * The router counts in blocks of a second, and the daemon reads them every second: so long after the end of a candidate
 * that had traffic the number of clients it hurt may still grow.
 */
const COUNTING = 2_500;

/** Follows a rollout live until it is where it is waited for. Ctrl-C ends the following, not the rollout. */
export async function followRollout(
  api: ApiClient,
  output: Output,
  { service, until, quiet = false, ...options }: FollowOptions,
): Promise<FollowResult> {
  const interrupt = onInterrupt();
  const view = presenter(output, quiet);
  let followed = options.followed;
  let gone = 0;
  let exposed = false;
  let endedSince: number | null = null;
  try {
    const every = output.live ? 400 : 1000;
    const sequence = statuses<ServiceStatus>(api, paths.service(service), {
      signal: interrupt.signal,
      service,
      every,
    });
    for await (const status of sequence) {
      view.show(status);
      const now = standing(followed, status);
      if ('rollout' in now) followed = { ...followed, rollout: now.rollout };
      exposed ||= hasTraffic(status);
      if (now.kind === 'out' && until === 'out') return { kind: 'done', standing: now, status };
      if (now.kind === 'ended') {
        endedSince ??= performance.now();
        const counted = !exposed || performance.now() - endedSince > COUNTING;
        if (now.outcome === 'promoted' || counted) return { kind: 'done', standing: now, status };
      }
      // Between a rollout's end and the start of the one queued behind it there may be a status without either.
      gone = now.kind === 'gone' ? gone + 1 : 0;
      if (gone > 10) throw notThere(followed);
    }
    return { kind: 'interrupted' };
  } finally {
    view.close();
    interrupt.release();
  }
}

const hasTraffic = ({ candidate, split }: ServiceStatus) =>
  candidate !== null && (split?.[candidate.environment] ?? 0) > 0;

const notThere = ({ rollout, release }: Followed) =>
  new TealError(
    'E_ROLLOUT_GONE',
    `${rollout ?? `The rollout of ${release}`} neither runs nor was the last to end`,
    {
      fix: 'See what happened with teal history.',
    },
  );
