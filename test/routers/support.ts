import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectSecurely } from 'node:tls';
import { fileURLToPath } from 'node:url';
import type { Router } from '../../src/core/ports.ts';
import type { ObservedRouting, Routing } from '../../src/core/world.ts';
import { embeddedRouter } from '../../src/routers/embedded/driver.ts';
import { type Home, homeAt } from '../../src/system/home.ts';
import { localClient } from '../../src/system/local-rpc.ts';
import { createLogger } from '../../src/system/log.ts';
import { processStarted } from '../../src/system/process/process-identity.ts';

export { freePort } from '../support/free-port.ts';

const LAUNCHER = fileURLToPath(new URL('./support/launch-router.ts', import.meta.url));

/** Resolves with the first value that is not null, false or undefined; rejects with `what` after `within` ms. */
export async function eventually<T>(
  what: string,
  read: () => Promise<T> | T,
  within = 30_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = Date.now() + within;
  for (;;) {
    const value = await read();
    if (value !== null && value !== undefined && value !== false) {
      return value as NonNullable<Exclude<T, false>>;
    }
    if (Date.now() > deadline) throw new Error(`not within ${within} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A router in a process of its own, with its driver. */
export interface RunningRouter {
  readonly home: Home;
  readonly router: Router;
  /** What it wrote to its log so far. */
  log(): string;
  kill(signal: NodeJS.Signals): Promise<void>;
  start(): Promise<void>;
  observed(service: string): Promise<ObservedRouting>;
  /** Process ids of the router itself and of its workers. */
  processes(): Promise<{
    readonly pid: number;
    readonly version: string;
    readonly workers: readonly number[];
  }>;
  /** Has the router hand over to a new one, by default of the same program; resolves with the pid of that. */
  upgrade(command?: readonly string[]): Promise<number>;
  close(): Promise<void>;
}

/** `workers`: 0 for none; `change`: of its environment. */
export async function runningRouter(workers = 0, change: NodeJS.ProcessEnv = {}): Promise<RunningRouter> {
  const root = await mkdtemp(join(tmpdir(), 'teal-router-'));
  const home = homeAt(root);
  const router = embeddedRouter({ home, log: createLogger('test', 'silent') });
  const status = localClient(home.routerSocket, 'the router');
  let child: ChildProcess | null = null;
  let log = '';
  const running: RunningRouter = {
    home,
    router,
    log: () => log,
    async start() {
      const env = {
        ...process.env,
        ...{ TEAL_HOME: root, TEAL_LOG_LEVEL: 'info', TEAL_TEST_WORKERS: String(workers), NODE_OPTIONS: '' },
        ...change,
      };
      const started = spawn(process.execPath, [LAUNCHER], { env, stdio: ['ignore', 'ignore', 'pipe'] });
      child = started;
      started.stderr.setEncoding('utf8').on('data', (text: string) => {
        log += text;
      });
      await eventually(
        `the router starts: ${log}`,
        () =>
          router.heartbeat().then(
            () => true,
            () => {
              if (started.exitCode !== null) throw new Error(`the router ended: ${log}`);
              return false;
            },
          ),
        30_000,
      );
    },
    async kill(signal) {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
    async observed(service) {
      const observed = await router.observe(service);
      if (observed === null) throw new Error(`the router does not know ${service}`);
      return observed;
    },
    processes: () => status.call('status'),
    async upgrade(command = [process.execPath, LAUNCHER]) {
      return (await status.call<{ readonly pid: number }>('upgrade', { command }, 90_000)).pid;
    },
    async close() {
      const now = await running.processes().catch(() => null); // none may be left
      await running.kill('SIGKILL');
      if (now !== null && now.pid !== child?.pid) await killed(now.pid);
      status.close();
      await router.close();
      await rm(root, { recursive: true, force: true });
    },
  };
  await running.start().catch(async (error: unknown) => {
    await running.close();
    throw error;
  });
  return running;
}

/** kill -9, and wait until that is done. A process that has ended already is no error. */
export async function killed(pid: number): Promise<void> {
  if ((await processStarted(pid)) === null) return;
  process.kill(pid, 'SIGKILL');
  await eventually(`the end of ${pid}`, async () => (await processStarted(pid)) === null);
}

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

let revisions = 0;

/** A routing of service `shop`: blue is live and has all traffic, no candidate. */
export function routing(port: number, blue: readonly Backend[], change: Partial<Routing> = {}): Routing {
  revisions += 1;
  const health = {
    probe: { kind: 'http', method: 'GET', path: '/healthz' },
    every: 200,
    timeout: 1000,
  } as const;
  return {
    service: 'shop',
    revision: `revision-${revisions}`,
    live: 'blue',
    candidate: null,
    split: { blue: 10_000, green: 0 },
    by: 'clients',
    seed: 7,
    epoch: '',
    identify: { kind: 'header', name: 'x-user-id' },
    always: null,
    listen: { port, address: '127.0.0.1', host: null, path: '/' },
    fallback: null,
    outage: null,
    hold: 2_000,
    skew: null,
    maintenance: null,
    releases: { blue: 'r1', green: null },
    endpoints: { blue: endpointsOf(blue), green: [] },
    health: { blue: health, green: health },
    previewSecret: 'open-sesame',
    ...change,
  };
}

export const endpointsOf = (backends: readonly Backend[]) =>
  backends.map(({ port }) => ({ host: '127.0.0.1', port }));

/** As {@link routing}, with a candidate in green that has `weight` basis points. */
export function canary(
  port: number,
  blue: readonly Backend[],
  green: readonly Backend[],
  weight: number,
  change: Partial<Routing> = {},
): Routing {
  return routing(port, blue, {
    candidate: 'green',
    split: { blue: 10_000 - weight, green: weight },
    epoch: 'shop-1/1',
    releases: { blue: 'r1', green: 'r2' },
    endpoints: { blue: endpointsOf(blue), green: endpointsOf(green) },
    ...change,
  });
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly raw: readonly string[];
  readonly body: string;
  readonly trailers: NodeJS.Dict<string>;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer;
  readonly agent?: Agent;
}

/** One request; rejects where the answer does not come whole. */
export function ask(url: string, { method = 'GET', headers = {}, body, agent }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = request(url, { method, headers, agent: agent ?? false }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('error', reject);
      res.on('end', () => {
        if (!res.complete) return reject(new Error('the answer was cut off'));
        resolve({
          status: res.statusCode ?? 0,
          headers: res.headers,
          raw: res.rawHeaders,
          body: Buffer.concat(chunks).toString(),
          trailers: res.trailers,
        });
      });
    });
    req.on('error', reject);
    req.end(body);
  });
}

/** Opens a connection to a port of this machine: without TLS, or with it for HTTP/1.1, whoever the server is. */
export type Dial = (port: number) => Socket;

export const dialPlain: Dial = (port) => connect({ port, host: '127.0.0.1', noDelay: true });
export const dialSecure: Dial = (port) => {
  const options = { port, host: '127.0.0.1', ALPNProtocols: ['http/1.1'], rejectUnauthorized: false };
  return connectSecurely(options).setNoDelay();
};

/** Sends bytes as they are and resolves with all that comes back until the connection closes. */
export function askRaw(port: number, text: string, dial: Dial = dialPlain): Promise<string> {
  const socket = dial(port);
  socket.write(text, 'latin1');
  return allOf(socket);
}

/** As {@link askRaw}, each byte in a packet of its own. */
export function dribble(port: number, text: string, dial: Dial = dialPlain): Promise<string> {
  const socket = dial(port);
  let at = 0;
  const next = () => {
    if (at >= text.length || socket.destroyed) return;
    socket.write(text[at++]!, 'latin1', () => setImmediate(next));
  };
  next();
  return allOf(socket);
}

function allOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

/** Keep-alive requests from many clients over a few connections until `stop`; counts what came back. */
export function load(url: string, clients: number, connections = 16) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const bodies = new Map<string, number>();
  const failures: string[] = [];
  let sent = 0;
  let stopped = false;
  const worker = async (): Promise<void> => {
    while (!stopped) {
      const client = sent % clients;
      sent += 1;
      try {
        const answer = await ask(url, { agent, headers: { 'x-user-id': `user-${client}` } });
        const key = answer.status === 200 ? answer.body : `status ${answer.status}`;
        bodies.set(key, (bodies.get(key) ?? 0) + 1);
        if (answer.status !== 200) failures.push(`${answer.status}: ${answer.body}`);
      } catch (error) {
        failures.push(String(error));
      }
    }
  };
  const workers = Array.from({ length: connections }, worker);
  return {
    bodies,
    failures,
    sent: () => sent,
    async stop() {
      stopped = true;
      await Promise.all(workers);
      agent.destroy();
    },
  };
}
