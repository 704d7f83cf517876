import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** A real HTTP server that stands for an instance. */
export interface Backend {
  readonly port: number;
  readonly server: Server;
  readonly requests: {
    readonly url: string;
    readonly headers: IncomingHttpHeaders;
    readonly raw: readonly string[];
  }[];
  /** Replaces what it answers from now on. */
  handle: (req: IncomingMessage, res: ServerResponse) => void;
  close(): Promise<void>;
}

/** Answers `name` with 200, and is ready at /healthz. */
export async function backend(name: string): Promise<Backend> {
  const server = createServer((req, res) => {
    if (req.url === '/healthz') return void res.end('ok');
    it.requests.push({ url: req.url ?? '', headers: req.headers, raw: req.rawHeaders });
    it.handle(req, res);
  });
  server.keepAliveTimeout = 30_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const it: Backend = {
    port: (server.address() as AddressInfo).port,
    server,
    requests: [],
    handle(req, res) {
      req.resume();
      res.setHeader('x-name', name);
      res.end(name);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return it;
}
