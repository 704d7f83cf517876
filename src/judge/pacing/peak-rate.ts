/** Clients a second at their peak, from blocks: the highest mean over ten seconds. Plain data. */
export interface PeakRate {
  readonly since: number;
  /** Start of the current ten seconds, and clients in it. */
  readonly slot: number;
  readonly clients: number;
  /** Clients a second of the highest full slot. */
  readonly peak: number;
}

const SLOT = 10_000;
/** Less than this is no measurement, ms. */
export const MEASURE_FOR = 30_000;

export const beginPeakRate = (at: number): PeakRate => ({ since: at, slot: at, clients: 0, peak: 0 });

export function observePeakRate(rate: PeakRate, at: number, clients: number): PeakRate {
  if (at - rate.slot < SLOT) return { ...rate, clients: rate.clients + clients };
  const slot = at - ((at - rate.slot) % SLOT);
  return { ...rate, slot, clients, peak: Math.max(rate.peak, (rate.clients * 1000) / SLOT) };
}

/** Whether it was watched for long enough, whoever came. */
export const isMeasured = (rate: PeakRate, at: number): boolean => at - rate.since >= MEASURE_FOR;

/** null: not measured for long enough, or nobody came. */
export function peakRate(rate: PeakRate, at: number): number | null {
  return isMeasured(rate, at) && rate.peak > 0 ? rate.peak : null;
}
