import { TealError } from '../core/error.ts';
import type { Home } from '../system/home.ts';
import { localClient } from '../system/local-rpc.ts';
import type { RouterStatus } from './router-control.ts';

/** null: no router answers. */
export async function routerStatus(home: Home): Promise<RouterStatus | null> {
  const client = localClient(home.routerSocket, 'the router');
  try {
    return await client.call<RouterStatus>('status');
  } catch (error) {
    if (error instanceof TealError && error.code === 'E_UNREACHABLE') return null;
    throw error;
  } finally {
    client.close();
  }
}
