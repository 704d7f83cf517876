import type { IncomingMessage } from 'node:http';
import { TealError, type TealErrorJson } from '../../core/error.ts';

/** One request to the daemon. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly accept: string;
  /** Sent as JSON; undefined: no body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends it and resolves with the answer once its head is there and says success; else rejects with the error that
 * the body holds, or with E_DAEMON_UNREACHABLE.
 */
export async function exchange(socketPath: string, asked: ApiRequest): Promise<IncomingMessage> {
  const answer = await send(socketPath, asked);
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) return answer;
  throw errorOf(status, await readAll(answer));
}

/** The whole body as text. Rejects with E_DAEMON_UNREACHABLE when the daemon dies in the middle of it. */
export async function readAll(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of answer) chunks.push(chunk as Buffer);
  } catch (error) {
    throw lost(error);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The connection broke while an answer was under way. */
export function lost(error: unknown): TealError {
  return new TealError('E_DAEMON_UNREACHABLE', 'The connection to the daemon was lost', {
    why: error instanceof Error ? error.message : String(error),
    fix: 'Look with `teal status`; a rollout goes on by itself when the daemon is back.',
    cause: error,
    exitCode: 6,
  });
}

function send(socketPath: string, asked: ApiRequest): Promise<IncomingMessage> {
  // An import would touch every export of the module, and one of them loads all of fetch: 25 ms of each `teal status`.
  const { request } = process.getBuiltinModule('node:http');
  const body = asked.body === undefined ? undefined : JSON.stringify(asked.body);
  return new Promise((resolve, reject) => {
    const req = request(
      {
        socketPath,
        method: asked.method,
        path: asked.path,
        agent: false,
        ...(asked.signal === undefined ? {} : { signal: asked.signal }),
        headers: {
          accept: asked.accept,
          ...asked.headers,
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        },
      },
      resolve,
    );
    req.on('error', (error) => reject(asked.signal?.aborted ? error : unreachable(socketPath, error)));
    req.end(body);
  });
}

function unreachable(socketPath: string, error: NodeJS.ErrnoException): TealError {
  const denied = error.code === 'EACCES' || error.code === 'EPERM';
  return new TealError('E_DAEMON_UNREACHABLE', 'The Teal daemon cannot be reached', {
    why: denied
      ? `${socketPath} belongs to another user`
      : error.code === 'ENOENT' || error.code === 'ECONNREFUSED'
        ? `Nothing answers on ${socketPath}`
        : `${socketPath}: ${error.message}`,
    fix: denied
      ? 'Run this as the user that runs the daemon, or set TEAL_HOME to your own.'
      : 'Start it with `teal up`, or set TEAL_HOME to where it runs.',
    details: { socket: socketPath },
    cause: error,
    exitCode: 6,
  });
}

function errorOf(status: number, text: string): TealError {
  try {
    const json = JSON.parse(text) as Partial<TealErrorJson>;
    if (typeof json.code === 'string' && typeof json.message === 'string') {
      return TealError.fromJSON(json as TealErrorJson);
    }
  } catch {
    // Not an answer of Teal's; told below.
  }
  return new TealError('E_API_ANSWER', `The daemon answered with status ${status}`, {
    why: text.slice(0, 200),
    fix: 'Check that daemon and command line are of the same version: `teal --version`, then `teal down` and `teal up`.',
  });
}
