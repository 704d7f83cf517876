import type { ServiceStatus } from '../../api/schema.ts';
import { TealError } from '../../core/error.ts';
import type { Home } from '../../system/home.ts';
import { connect, paths } from '../api.ts';

/** Requests a second of a service over the last ten seconds, as the daemon sees them; null: no daemon, no such service, no traffic. */
export async function recentRate(home: Home, service: string): Promise<number | null> {
  try {
    const { environments } = await connect(home).get<ServiceStatus>(paths.service(service));
    const rate = [environments.blue, environments.green].reduce(
      (sum, { traffic }) => sum + (traffic?.requestsPerSecond ?? 0),
      0,
    );
    return rate > 0 ? rate : null;
  } catch (error) {
    const expected = ['E_DAEMON_UNREACHABLE', 'E_SERVICE_UNKNOWN', 'E_NOT_FOUND'];
    if (error instanceof TealError && expected.includes(error.code)) return null;
    throw error;
  }
}
