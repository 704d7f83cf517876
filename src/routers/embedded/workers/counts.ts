import { HTTP_DEFAULTS } from '../../../core/service/http-spec.ts';
import type { ServiceCounts } from '../table/service.ts';
import type { TableEntry } from '../table/table-store.ts';

/** By how much the counts of services have grown. */
export type CountsGrowth = readonly (readonly [string, ServiceCounts])[];

/** Tells how much the counts have grown since the last call, so that what a worker counted outlives it. */
export function createCountsTeller(): (
  services: Iterable<{ readonly name: string; readonly counts: ServiceCounts }>,
) => CountsGrowth {
  const told = new Map<string, ServiceCounts>();
  return (services) => {
    const growth: [string, ServiceCounts][] = [];
    const gone = new Set(told.keys());
    for (const { name, counts } of services) {
      gone.delete(name);
      const before = told.get(name);
      const grown = combine(counts, before, (now, then) => now - then);
      if (Object.values(grown).every((count) => count === 0)) continue;
      told.set(name, { ...counts });
      growth.push([name, grown]);
    }
    for (const name of gone) told.delete(name);
    return growth;
  };
}

/** What all workers have counted since the router began. */
export interface CountsSum {
  add(growth: CountsGrowth): void;
  of(service: string): ServiceCounts;
  forget(service: string): void;
  /** For {@link createCountsSum} in another process. */
  all(): CountsGrowth;
}

/** `from`: what was counted before. */
export function createCountsSum(from: CountsGrowth = []): CountsSum {
  const sums = new Map<string, ServiceCounts>(from);
  const none: ServiceCounts = { retries: 0, standIns: 0, keptOut: 0, crowded: 0, overloaded: 0 };
  return {
    add(growth) {
      for (const [name, counts] of growth)
        sums.set(
          name,
          combine(counts, sums.get(name), (a, b) => a + b),
        );
    },
    of: (service) => sums.get(service) ?? none,
    forget: (service) => void sums.delete(service),
    all: () => [...sums],
  };
}

/** What one of so many workers may give to an instance, so that together they keep to the limit. */
export function shareOf({ routing, fellBackAt }: TableEntry, workers: number): TableEntry {
  const http = routing.http ?? HTTP_DEFAULTS;
  const { concurrency } = http.limits;
  if (concurrency === null) return { routing, fellBackAt };
  const share = Math.max(1, Math.floor(concurrency / workers));
  const limits = { ...http.limits, concurrency: share };
  return { routing: { ...routing, http: { ...http, limits } }, fellBackAt };
}

function combine(
  a: ServiceCounts,
  b: ServiceCounts | undefined,
  join: (a: number, b: number) => number,
): ServiceCounts {
  const entries = Object.entries(a) as [keyof ServiceCounts, number][];
  return Object.fromEntries(
    entries.map(([key, count]) => [key, join(count, b?.[key] ?? 0)]),
  ) as unknown as ServiceCounts;
}
