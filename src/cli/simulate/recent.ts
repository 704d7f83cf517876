import type { ServiceStatus } from '../../api/schema.ts';
import { TealError } from '../../core/error.ts';
import type { LatencyModel } from '../../simulate/index.ts';
import type { Home } from '../../system/home.ts';
import { connect, paths } from '../api.ts';
import { lognormal } from './options.ts';

export interface RecentTraffic {
  /** Requests a second. */
  readonly rate: number;
  /** Of the environment with most of them; null: not known. */
  readonly latency: LatencyModel | null;
}

/** What a service had over the last ten seconds, as the daemon sees it; null: no daemon, no such service, no traffic. */
export async function recentTraffic(home: Home, service: string): Promise<RecentTraffic | null> {
  try {
    const { environments } = await connect(home).get<ServiceStatus>(paths.service(service));
    return recentOf([environments.blue.traffic, environments.green.traffic]);
  } catch (error) {
    const expected = ['E_DAEMON_UNREACHABLE', 'E_SERVICE_UNKNOWN', 'E_NOT_FOUND'];
    if (error instanceof TealError && expected.includes(error.code)) return null;
    throw error;
  }
}

type EnvironmentTraffic = ServiceStatus['environments']['blue']['traffic'];

/** Of both environments. */
export function recentOf(all: readonly EnvironmentTraffic[]): RecentTraffic | null {
  const seen = all.filter((one) => one !== null && one.requestsPerSecond > 0);
  const [most] = seen.toSorted((a, b) => b!.requestsPerSecond - a!.requestsPerSecond);
  if (!most) return null;
  const { p50, p95 } = most;
  return {
    rate: seen.reduce((sum, one) => sum + one!.requestsPerSecond, 0),
    latency: p50 === null || p95 === null ? null : lognormal(p50, p95),
  };
}
