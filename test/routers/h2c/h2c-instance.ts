import { once } from 'node:events';
import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type Settings,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Routing } from '../../../src/core/world.ts';

/** That instances speak it. */
export const H2C: Partial<Routing> = { protocols: { blue: 'h2c', green: 'h2c' } };

type Handle = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number, raw: string[]) => void;

/** A real server of HTTP/2 without TLS that stands for an instance. */
export interface H2cInstance {
  readonly port: number;
  readonly server: Http2Server;
  readonly sessions: Set<ServerHttp2Session>;
  /** Paths in the order of their coming, without the router's health checks. */
  readonly seen: string[];
  handle: Handle;
  close(): Promise<void>;
}

/** Answers `name` with 200. */
export async function h2cInstance(name: string, settings: Settings = {}): Promise<H2cInstance> {
  const server = createServer({ settings });
  const it: H2cInstance = {
    server,
    sessions: new Set(),
    seen: [],
    handle: (stream) => {
      stream.respond({ ':status': 200 });
      stream.end(name);
    },
    get port() {
      return (server.address() as AddressInfo).port;
    },
    async close() {
      for (const session of it.sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on('session', (session) => {
    it.sessions.add(session);
    session.on('close', () => it.sessions.delete(session));
    session.on('error', () => undefined);
  });
  server.on('stream', (stream, headers, flags, raw?: string[]) => {
    stream.on('error', () => undefined);
    it.seen.push(String(headers[':path']));
    it.handle(stream, headers, flags, raw ?? []);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return it;
}
