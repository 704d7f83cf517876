import type { ObservedRouting } from '../../../core/world.ts';
import type { TableEntry } from '../table/table-store.ts';
import type { ProcessReading } from '../telemetry/families.ts';

/** One service as all workers together serve it; without any of them nothing is open. */
export function mergeObserved(
  { routing, fellBackAt }: TableEntry,
  workers: readonly ObservedRouting[],
): ObservedRouting {
  const sum = (read: (one: ObservedRouting) => number) => workers.reduce((all, one) => all + read(one), 0);
  const least = (read: (one: ObservedRouting) => number) =>
    workers.length === 0 ? 0 : Math.min(...workers.map(read));
  const first = <T>(read: (one: ObservedRouting) => T | null | undefined): T | null =>
    workers.map(read).find((value) => value !== null && value !== undefined) ?? null;
  return {
    split: routing.split,
    revision: routing.revision,
    inFlight: { blue: sum((one) => one.inFlight.blue), green: sum((one) => one.inFlight.green) },
    // Only what every worker may use.
    healthy: { blue: least((one) => one.healthy.blue), green: least((one) => one.healthy.green) },
    previews: {
      blue: first((one) => one.previews.blue),
      green: first((one) => one.previews.green),
    },
    url: first((one) => one.url),
    problem: workers.length === 0 ? 'No worker of the router serves.' : first((one) => one.problem),
    warning: first((one) => one.warning),
    fellBackAt,
  };
}

/** As of one process; `parent` is the memory of the process that holds the table. */
export function mergeReadings(readings: readonly ProcessReading[], parent: number): ProcessReading {
  const sum = (read: (one: ProcessReading) => number) => readings.reduce((all, one) => all + read(one), 0);
  return {
    connections: sum((one) => one.connections),
    handedOver: sum((one) => one.handedOver),
    loopLag: Math.max(0, ...readings.map((one) => one.loopLag)),
    residentBytes: parent + sum((one) => one.residentBytes),
  };
}
