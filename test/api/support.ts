import { onTestFinished } from 'vitest';
import { createApp } from '../../src/api/app.ts';
import { type ApiClient, apiClient } from '../../src/api/client.ts';
import type { ApiParts } from '../../src/api/parts.ts';
import { serveApi } from '../../src/api/server.ts';
import type { Deployer } from '../../src/daemon/deployer.ts';
import { specJsonSchema } from '../../src/spec/index.ts';
import { createLogger } from '../../src/system/log.ts';
import { type Controlled, controlled } from '../daemon/support/controlled.ts';
import { type TemporaryHome, temporaryHome } from '../support/temporary-home.ts';

/** An API on a real Unix socket, over a controller with drivers in memory. */
export interface ServedApi {
  readonly api: ApiClient;
  readonly teal: Controlled;
  readonly home: TemporaryHome;
  /** Ends the server, with its connections, as the end of the daemon does. */
  stop(): Promise<void>;
  /** Serves again on the same socket. */
  start(): Promise<void>;
}

const REFUSES: Deployer = { deploy: () => Promise.reject(new Error('this test deploys nothing')) };

export async function servedApi(deployer: Deployer = REFUSES): Promise<ServedApi> {
  const home = await temporaryHome();
  const teal = await controlled();
  let stop = async () => {};
  const served: ServedApi = {
    api: apiClient(home),
    teal,
    home,
    stop: () => stop(),
    async start() {
      const ending = new AbortController();
      const parts: ApiParts = {
        controller: teal.controller,
        journal: teal.journal,
        platform: teal.platform,
        router: teal.router,
        deployer,
        clock: { now: () => Date.now() },
        log: createLogger('test', 'silent'),
        home,
        version: '1.2.3',
        previewHeader: 'x-teal-preview',
        specSchema: specJsonSchema,
        ending: ending.signal,
      };
      const server = await serveApi(createApp(parts), home.apiSocket);
      let open = true;
      stop = async () => {
        if (!open) return;
        open = false;
        ending.abort();
        await server.close();
      };
    },
  };
  await served.start();
  onTestFinished(() => stop());
  return served;
}
