import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type EmbeddedRouter,
  type RouterOptions,
  startEmbeddedRouter,
} from '../../../src/routers/embedded/router.ts';
import { LIMITS, type Limits } from '../../../src/routers/embedded/visit/limits.ts';
import { createLogger } from '../../../src/system/log.ts';

/** A router in this process, with a folder of its own. */
export interface InProcessRouter {
  readonly router: EmbeddedRouter;
  readonly folder: string;
  close(): Promise<void>;
}

export async function inProcessRouter({
  limits = {},
  ...options
}: Omit<RouterOptions, 'limits'> & { readonly limits?: Partial<Limits> } = {}): Promise<InProcessRouter> {
  const folder = await mkdtemp(join(tmpdir(), 'teal-router-'));
  const router = await startEmbeddedRouter(folder, createLogger('router', 'silent'), {
    limits: { ...LIMITS, ...limits },
    ...options,
  });
  return {
    router,
    folder,
    async close() {
      await router.close(0);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
