/** Clients of every kind at once, each of which checks all that it gets. */
import { once } from 'node:events';
import { Agent } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2, constants } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ask, type Backend } from '../support.ts';

export interface CrowdOptions {
  /** Without TLS. */
  readonly port: number;
  /** With TLS and HTTP/2; null: nobody comes this way. */
  readonly secure: { readonly port: number; readonly ca: string } | null;
  /** Different clients. */
  readonly clients: number;
  /** How many at a time ask for whole answers, for streamed ones, open tunnels, and ask by HTTP/2. */
  readonly plain: number;
  readonly streams: number;
  readonly tunnels: number;
  readonly http2: number;
  /** Between two requests of each of them, ms; default: none. */
  readonly pause?: number;
  /** Each answer: who gave it, and when it was asked for, by `monotonic`. */
  readonly onAnswer?: (name: string, began: number) => void;
}

/** ms, the same in every process of the machine. */
export const monotonic = (): number => Number(process.hrtime.bigint()) / 1e6;

export interface Crowd {
  /** Requests begun so far, of each kind. */
  readonly sent: { plain: number; streams: number; tunnels: number; http2: number };
  total(): number;
  /** What went wrong, in words. */
  readonly failures: string[];
  /** Of those by HTTP/1.1 and HTTP/2 that asked for an answer: which clients came. */
  readonly seen: Set<string>;
  /** Resolves when what is under way has ended. */
  stop(): Promise<void>;
}

const TUNNEL =
  'GET /tunnel HTTP/1.1\r\nHost: a\r\nX-User-Id: t\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';
/** Between the parts of a streamed answer, ms. */
const PARTS = 20;

/** Makes an instance answer the crowd: by its name, in two parts at /stream, and by an echo in a tunnel. */
export function receiveCrowd(instance: Backend, name: string): void {
  instance.handle = (req, res) => {
    instance.requests.length = 0;
    if (req.url !== '/stream') return void res.end(name);
    res.write(`${name},`);
    setTimeout(() => res.end('last'), PARTS);
  };
  instance.server.on('upgrade', (_req, socket: Socket) => {
    socket.on('error', () => undefined);
    const head = `Connection: Upgrade\r\nUpgrade: echo\r\nX-Name: ${name}`;
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${head}\r\n\r\n`);
    socket.pipe(socket);
  });
}

/** `names`: what instances answer. */
export async function crowd(options: CrowdOptions, names: readonly string[]): Promise<Crowd> {
  const { port, secure, clients } = options;
  const sent = { plain: 0, streams: 0, tunnels: 0, http2: 0 };
  const failures: string[] = [];
  const seen = new Set<string>();
  const agent = new Agent({ keepAlive: true });
  const url = `http://127.0.0.1:${port}/`;
  let over = false;
  let next = 0;
  const someone = (): string => {
    next += 1;
    const name = `user-${next % clients}`;
    seen.add(name);
    return name;
  };

  /** Each resolves with who answered. */
  const kinds: Record<keyof typeof sent, () => Promise<string>> = {
    async plain() {
      const { status, body } = await ask(url, { agent, headers: { 'x-user-id': someone() } });
      if (status !== 200 || !names.includes(body)) throw new Error(`${status} ${body.slice(0, 80)}`);
      return body;
    },
    async streams() {
      const { status, body } = await ask(`${url}stream`, { agent, headers: { 'x-user-id': someone() } });
      const name = names.find((one) => body === `${one},last`);
      if (status !== 200 || name === undefined) throw new Error(`streamed: ${status} ${body.slice(0, 80)}`);
      return name;
    },
    async tunnels() {
      const socket = connect(port, '127.0.0.1').setEncoding('latin1');
      const closed = once(socket, 'close').then(() => {
        throw new Error('tunnel: cut off');
      });
      closed.catch(() => undefined); // how it ends without a failure, too
      const hear = async () => String((await Promise.race([once(socket, 'data'), closed]))[0]);
      socket.write(TUNNEL);
      const head = await hear();
      if (!head.startsWith('HTTP/1.1 101 ')) throw new Error(`tunnel: ${head.slice(0, 80)}`);
      for (const text of ['one', 'two', 'three']) {
        socket.write(text);
        const echo = await hear();
        if (echo !== text) throw new Error(`tunnel: ${echo} instead of ${text}`);
      }
      socket.end();
      await closed.catch(() => undefined);
      return /^X-Name: (.*)\r$/im.exec(head)?.[1] ?? '';
    },
    async http2() {
      const { status, body } = await askOnAny(someone());
      if (status !== 200 || !names.includes(body)) throw new Error(`HTTP/2: ${status} ${body.slice(0, 80)}`);
      return body;
    },
  };

  let current: Promise<ClientHttp2Session> | null = null;
  const sessions = new Set<ClientHttp2Session>();
  const session = (): Promise<ClientHttp2Session> => {
    current ??= (async () => {
      const fresh = connectHttp2(`https://localhost:${secure!.port}`, { ca: secure!.ca });
      sessions.add(fresh);
      fresh.on('error', (error) => failures.push(`HTTP/2: ${error}`));
      fresh.on('goaway', () => {
        current = null;
      });
      fresh.on('close', () => {
        sessions.delete(fresh);
        current = null;
      });
      const cut = once(fresh, 'close').then(() => {
        throw new Error('HTTP/2: the connection was closed before it was one');
      });
      cut.catch(() => undefined); // it is closed at some time
      await Promise.race([once(fresh, 'connect'), cut]);
      return fresh;
    })();
    return current;
  };

  /** What is refused has not been begun to be served, and is asked again on another connection, as browsers do (RFC 9113, 8.7). */
  const askOnAny = async (client: string): Promise<{ status: number; body: string }> => {
    const one = await session();
    const answer = await ask2(one, client);
    if (answer !== null) return answer;
    if (sessions.has(one)) await once(one, 'close');
    return askOnAny(client);
  };

  const untilOver = async (kind: keyof typeof sent): Promise<void> => {
    while (!over) {
      sent[kind] += 1;
      const began = monotonic();
      await kinds[kind]().then(
        (name) => options.onAnswer?.(name, began),
        (error: unknown) => void failures.push(String(error)),
      );
      if (options.pause !== undefined) await delay(options.pause);
    }
  };
  const all = (Object.keys(sent) as (keyof typeof sent)[]).flatMap((kind) =>
    Array.from({ length: options[kind] }, () => untilOver(kind)),
  );
  return {
    sent,
    total: () => sent.plain + sent.streams + sent.tunnels + sent.http2,
    failures,
    seen,
    async stop() {
      over = true;
      await Promise.all(all);
      agent.destroy();
      for (const one of sessions) one.destroy();
    },
  };
}

/** null: it was refused unserved. */
async function ask2(
  session: ClientHttp2Session,
  client: string,
): Promise<{ status: number; body: string } | null> {
  const stream = session.request({ ':path': '/', 'x-user-id': client });
  // Listens from the start: a whole answer may have come, and its stream be closed, before a promise is looked at.
  let status = 0;
  let body = '';
  stream.on('response', (headers) => {
    status = Number(headers[':status']);
  });
  stream.setEncoding('latin1').on('data', (text: string) => {
    body += text;
  });
  await once(stream, 'close').catch((error: unknown) => {
    if (stream.rstCode !== constants.NGHTTP2_REFUSED_STREAM) throw error;
  });
  if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) return null;
  if (stream.rstCode !== 0) throw new Error(`HTTP/2: the stream ended with ${stream.rstCode}`);
  return { status, body };
}
