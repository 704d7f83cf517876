import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Routing } from '../../../src/core/world.ts';
import type { RouterOptions } from '../../../src/routers/embedded/router.ts';
import type { Limits } from '../../../src/routers/embedded/visit/limits.ts';
import { makeCertificate } from '../../support/make-certificate.ts';
import { freePort, routing } from '../support.ts';
import { type InProcessRouter, inProcessRouter } from './in-process-router.ts';

/** A router in this process whose service `shop` is served by HTTPS. */
export interface SecureRouter extends InProcessRouter {
  readonly port: number;
  /** PEM, to be trusted. */
  readonly ca: string;
  /** Applies a routing of `shop` to instances on these ports of this machine. */
  lead(instances: readonly number[], change?: Partial<Routing>): Promise<void>;
}

export async function secureRouter(
  options: Omit<RouterOptions, 'limits'> & { readonly limits?: Partial<Limits> } = {},
): Promise<SecureRouter> {
  const [running, port] = await Promise.all([inProcessRouter(options), freePort()]);
  const { cert, key } = makeCertificate(['localhost']);
  const files = { cert: join(running.folder, 'shop.pem'), key: join(running.folder, 'shop.key') };
  await Promise.all([writeFile(files.cert, cert), writeFile(files.key, key)]);
  return {
    ...running,
    port,
    ca: cert,
    lead(instances, change = {}) {
      const blue = instances.map((instance) => ({ host: '127.0.0.1', port: instance }));
      return running.router.apply(
        routing(port, [], {
          listen: { port, address: '127.0.0.1', host: null, path: '/', tls: { certificates: [files] } },
          endpoints: { blue, green: [] },
          health: { blue: null, green: null },
          ...change,
        }),
      );
    },
  };
}
