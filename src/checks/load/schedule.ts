/** Which environment a stretch of load goes to. */
export type Arm = 'candidate' | 'stable';

/** A stretch of load at a constant rate. */
export interface Segment {
  readonly arm: Arm;
  /** ms before, at the same rate, whose requests are not counted. */
  readonly warmUp: number;
  /** ms whose requests are counted. */
  readonly for: number;
}

/**
 * The stretches of a check. Compared with stable, each environment gets its time in two halves in the order stable,
 * candidate, candidate, stable: whatever drifts evenly meanwhile (a neighbour that wakes up, a disk that fills) then
 * weighs the same on both. Each is warmed up before its first half.
 */
export function segments(
  load: { readonly for: number; readonly warmUp: number },
  compare: boolean,
): Segment[] {
  if (!compare) return [{ arm: 'candidate', warmUp: load.warmUp, for: load.for }];
  const first = (arm: Arm): Segment => ({ arm, warmUp: load.warmUp, for: load.for / 2 });
  const second = (arm: Arm): Segment => ({ ...first(arm), warmUp: 0 });
  return [first('stable'), first('candidate'), second('candidate'), second('stable')];
}

/** ms that the stretches take, apart from the answers to their last requests. */
export const lengthOf = (stretches: readonly Segment[]): number =>
  stretches.reduce((sum, one) => sum + one.warmUp + one.for, 0);

/** Requests of a stretch, those of its warm-up included; at least one that counts. */
export const requestsOf = (one: Segment, rate: number): number =>
  uncounted(one, rate) + Math.max(1, Math.round((one.for * rate) / 1_000));

/** The first requests of a stretch, which are its warm-up. */
export const uncounted = (one: Segment, rate: number): number => Math.round((one.warmUp * rate) / 1_000);

/** When request `index` is to be sent, in ms from the start: fixed before the first one is sent (open loop). */
export const sendAt = (index: number, rate: number): number => (index * 1_000) / rate;
