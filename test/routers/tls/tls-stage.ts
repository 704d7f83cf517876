import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { ListenSpec } from '../../../src/core/service/service-spec.ts';
import type { Limits } from '../../../src/routers/embedded/visit/limits.ts';
import { type MadeCertificate, makeCertificate } from '../../support/make-certificate.ts';
import { type InProcessRouter, inProcessRouter } from '../support/in-process-router.ts';
import { type Backend, backend, freePort, routing } from '../support.ts';

/** A router that looks for changed certificates all the time, an instance, and clients that speak HTTPS. */
export interface TlsStage {
  readonly running: InProcessRouter;
  readonly blue: Backend;
  readonly port: number;
  /** For shop.test and names below it; its files are named `shop`. */
  readonly shop: MadeCertificate;
  pathsOf(name: string): { readonly cert: string; readonly key: string };
  /** Writes a certificate to the files of that name. */
  files(name: string, made: MadeCertificate): Promise<void>;
  /** To listen with the certificates in the files of these names. */
  secure(names: readonly string[], host?: string | null): ListenSpec;
  /** Applies the routing of `shop`, by default with the files `shop`. */
  applyShop(names?: readonly string[]): Promise<void>;
  handshake(options?: ConnectionOptions): Promise<TLSSocket>;
  /** The name in the certificate that is shown. */
  subject(options?: ConnectionOptions): Promise<string | string[] | undefined>;
  get(path?: string, options?: RequestOptions, body?: Buffer): Promise<TlsAnswer>;
  close(): Promise<void>;
}

export interface TlsAnswer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export async function tlsStage(fastPath: boolean, limits: Partial<Limits> = {}): Promise<TlsStage> {
  const [running, blue, port] = await Promise.all([
    inProcessRouter({ fastPath, reloadEvery: 20, limits }),
    backend('blue'),
    freePort(),
  ]);
  const shop = makeCertificate(['shop.test', '*.shop.test']);
  const stage: TlsStage = {
    running,
    blue,
    port,
    shop,
    pathsOf: (name) => ({
      cert: join(running.folder, `${name}.pem`),
      key: join(running.folder, `${name}.key`),
    }),
    async files(name, { cert, key }) {
      const paths = stage.pathsOf(name);
      await Promise.all([writeFile(paths.cert, cert), writeFile(paths.key, key)]);
    },
    secure: (names, host = null) => ({
      port,
      address: '127.0.0.1',
      host,
      path: '/',
      tls: { certificates: names.map(stage.pathsOf) },
    }),
    applyShop: (names = ['shop']) =>
      running.router.apply(routing(port, [blue], { listen: stage.secure(names) })),
    async handshake(options = {}) {
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
      await once(socket, 'secureConnect');
      return socket;
    },
    async subject(options = {}) {
      const socket = await stage.handshake(options);
      const { CN } = socket.getPeerCertificate().subject;
      socket.destroy();
      return CN;
    },
    async get(path = '/', options = {}, body) {
      const req = request({
        ...{ port, host: '127.0.0.1', path, servername: 'shop.test', ca: shop.cert, agent: false },
        ...options,
      }).end(body);
      const [res] = (await once(req, 'response')) as [IncomingMessage];
      const text = Buffer.concat(await res.toArray()).toString();
      return { status: res.statusCode, headers: res.headers, body: text };
    },
    async close() {
      await running.close();
      await blue.close();
    },
  };
  await stage.files('shop', shop);
  return stage;
}
