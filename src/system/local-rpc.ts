import { statSync, unlinkSync } from 'node:fs';
import { chmod, mkdir, rename, stat, unlink } from 'node:fs/promises';
import { Agent, createServer, type IncomingMessage, request, type Server } from 'node:http';
import { dirname, join } from 'node:path';
import { TealError, type TealErrorJson } from '../core/error.ts';

/** Calls between Teal's own processes: JSON over HTTP on a Unix socket that only its owner can open. */
export type LocalMethods = Readonly<Record<string, (input: never) => unknown>>;

/**
 * Serves `methods` on a Unix socket (mode 0600). A method gets the decoded JSON input and returns (or resolves to)
 * a JSON value; a thrown {@link TealError} reaches the caller as itself. The file takes the place of any other at once, so
 * that who connects reaches the one before or this one; that no other process serves it any longer is the caller's lock to hold.
 */
export async function serveLocal(path: string, methods: LocalMethods): Promise<Server> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const server = createServer((req, res) => {
    answer(methods, req).then(
      (value) => res.writeHead(200, head()).end(JSON.stringify(value ?? null)),
      (error: unknown) => {
        const teal =
          error instanceof TealError
            ? error
            : new TealError('E_INTERNAL', error instanceof Error ? error.message : String(error));
        res.writeHead(500, head()).end(JSON.stringify(teal));
      },
    );
  });
  /** Once it is closed, callers are to come by another connection, which leads to whoever serves then. */
  const head = () => ({
    'content-type': 'application/json',
    ...(server.listening ? {} : { connection: 'close' }),
  });
  server.keepAliveTimeout = 120_000;
  // No longer than the real one: the path of a socket has few bytes.
  const temporary = join(dirname(path), `~${process.pid.toString(36)}`);
  await unlink(temporary).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(temporary, resolve);
  });
  await chmod(temporary, 0o600);
  const { ino } = await stat(temporary);
  await rename(temporary, path);
  server.once('close', () => {
    // Node removes the file under the name that it was made with. Another process may have put its own there since.
    if (statSync(path, { throwIfNoEntry: false })?.ino === ino) unlinkSync(path);
  });
  return server;
}

async function answer(methods: LocalMethods, req: IncomingMessage): Promise<unknown> {
  const name = (req.url ?? '').slice(1);
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (!method) throw new TealError('E_INTERNAL', `No such call: ${name}`);
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return method(JSON.parse(Buffer.concat(chunks).toString('utf8') || 'null') as never);
}

/** A caller of {@link serveLocal}. Connections are kept alive. */
export interface LocalClient {
  /**
   * Calls a method. Rejects with E_UNREACHABLE when nothing answers on the socket, or with the error that the
   * method threw. `timeout` in ms, default 10,000.
   */
  call<T>(method: string, input?: unknown, timeout?: number): Promise<T>;
  /** Calls under way reject with E_UNREACHABLE. */
  close(): void;
}

/** `who` names the other side in messages, e.g. `the router`. */
export function localClient(path: string, who: string): LocalClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  let closed = false;
  return {
    call: (method, input, timeout = 10_000) => call(path, who, agent, method, input, timeout, () => !closed),
    close() {
      closed = true;
      agent.destroy();
    },
  };
}

function call<T>(
  path: string,
  who: string,
  agent: Agent | false,
  method: string,
  input: unknown,
  timeout: number,
  mayRetry: () => boolean,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const body = JSON.stringify(input ?? null);
    const req = request(
      {
        socketPath: path,
        path: `/${method}`,
        method: 'POST',
        agent,
        timeout,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.on('error', reject);
        res.on('end', () => {
          try {
            const value = JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
            if (res.statusCode === 200) resolve(value as T);
            else reject(TealError.fromJSON(value as TealErrorJson));
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        });
      },
    );
    req.on('timeout', () => req.destroy(new Error(`no answer within ${timeout} ms`)));
    req.on('error', (error: NodeJS.ErrnoException) => {
      // A kept-alive connection that the other side closed meanwhile; nothing was read of the request. Others that are kept may
      // have been closed with it, so it is a new one that is tried.
      if (mayRetry() && req.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) {
        resolve(call(path, who, false, method, input, timeout, () => false));
        return;
      }
      reject(
        new TealError('E_UNREACHABLE', `Cannot reach ${who}`, {
          why: `${path}: ${error.message}`,
          cause: error,
          exitCode: 6,
        }),
      );
    });
    req.end(body);
  });
}
