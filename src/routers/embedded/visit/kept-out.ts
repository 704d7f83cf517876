import type { DesiredMaintenance } from '../../../core/world.ts';
import type { ReadHeader } from '../clients/read-header.ts';

/** Said where whoever began the maintenance said nothing, or when nobody knows. */
const MESSAGE = 'The service is being maintained. Please come again in a moment.';
/** A timer may go off that many ms before the clock shows its time. */
const EARLY = 5;
/** Seconds. */
const SOON = 30;

/**
 * Whether maintenance keeps this request out. Over with its time whoever is there to end it, so that a daemon that is away
 * keeps nobody out. `now`: Unix ms.
 */
export function isKeptOut(maintenance: DesiredMaintenance, header: ReadHeader, now: number): boolean {
  const { until, allow } = maintenance;
  if (until !== null && now >= until) return false;
  return allow === null || header(allow.name) !== allow.value;
}

/** How long it may wait for the end, ms; `waited`: how long it has. */
export function mayWait({ until, hold }: DesiredMaintenance, waited: number, now: number): number {
  return Math.min(hold - waited, until === null ? Number.POSITIVE_INFINITY : until - now + EARLY);
}

/** What users are told. */
export function maintenanceAnswer({ message, until }: DesiredMaintenance, now: number) {
  const retryAfter = until === null ? SOON : Math.max(1, Math.ceil((until - now) / 1_000));
  return { status: 503, message: message ?? MESSAGE, retryAfter };
}
