/** When certificates are ordered. Times in ms since 1970; `spread`: 0-1, so that not everybody comes at the same moment. */

/** At most so many hosts fail so often: Let's Encrypt bears five failures of a host in an hour, this makes four. */
const FIRST_PAUSE = 5 * 60_000;
const GROWTH = 3;
const LONGEST_PAUSE = 24 * 3_600_000;
/** By so much of itself a time is moved at most. */
const JITTER = 0.1;

/** A third of its life before its end, or a little earlier. */
export function renewalAt(life: { readonly from: number; readonly to: number }, spread: number): number {
  const third = (life.to - life.from) / 3;
  return life.to - third * (1 + JITTER * spread);
}

/** After so many failures in a row, the last of which was at `at`: 5 min, 15 min, 45 min... a day, or as the authority wants. */
export function retryAt(
  {
    failures,
    at,
    retryAfter,
  }: { readonly failures: number; readonly at: number; readonly retryAfter: number | null },
  spread: number,
): number {
  const pause = Math.min(FIRST_PAUSE * GROWTH ** (failures - 1), LONGEST_PAUSE);
  return at + Math.max(pause, retryAfter ?? 0) * (1 + JITTER * spread);
}
