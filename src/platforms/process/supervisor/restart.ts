/** When a program that ended is started again. */
export interface RestartPolicy {
  /** ms before the first restart; doubles with every exit inside the window, up to `max`. */
  readonly first: number;
  readonly max: number;
  /** Length of the window in ms. */
  readonly window: number;
  /** Given up on after so many exits inside the window; null: never. */
  readonly limit: number | null;
  /** After giving up: tried again after so many ms; null: never. */
  readonly retryAfter: number | null;
}

/**
 * Instances: at once more or less, then slower; five exits within a minute are a crash loop. That ends a rollout; a
 * stable release is tried again every minute all the same, since what it lacked (a database, say) may come back.
 */
export const INSTANCE_RESTART: RestartPolicy = {
  first: 250,
  max: 10_000,
  window: 60_000,
  limit: 5,
  retryAfter: 60_000,
};

/** Router and daemon: at once, and for ever: while either is away, nobody is protected. */
export const OWN_RESTART: RestartPolicy = {
  first: 10,
  max: 1_000,
  window: 60_000,
  limit: null,
  retryAfter: null,
};

/** What to do after an exit. `after`: ms; null: never. */
export interface NextStart {
  readonly gaveUp: boolean;
  readonly after: number | null;
}

/** Exits inside the window that ends at `now`. */
export const recentExits = (policy: RestartPolicy, exits: readonly number[], now: number): number[] =>
  exits.filter((at) => at > now - policy.window);

/** Decides from the times (Unix ms) of all recent exits, the one at `now` included. */
export function nextStart(policy: RestartPolicy, exits: readonly number[], now: number): NextStart {
  const count = recentExits(policy, exits, now).length;
  if (policy.limit !== null && count >= policy.limit) return { gaveUp: true, after: policy.retryAfter };
  return { gaveUp: false, after: Math.min(policy.max, policy.first * 2 ** Math.max(0, count - 1)) };
}
