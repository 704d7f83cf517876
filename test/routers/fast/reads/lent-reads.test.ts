/** Connections read into memory that they share: whatever has to wait keeps its own bytes, whoever reads meanwhile. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HTTP_DEFAULTS } from '../../../../src/core/service/http-spec.ts';
import { type EmbeddedRouter, startEmbeddedRouter } from '../../../../src/routers/embedded/router.ts';
import { createLogger } from '../../../../src/system/log.ts';
import { dialPlain } from '../../support/ask-raw.ts';
import { eventually, freePort, routing } from '../../support.ts';

const CLIENTS = 16;
const ROUNDS = 12;
/** Half as many as there are clients: the others wait for room, and no more may. */
const ROOM = CLIENTS / 2;

let folder: string;
let router: EmbeddedRouter;
let port: number;
let dropped: Set<string>;
/**
 * Tells back what it was sent, in another turn of the loop. What asks for `/drop` is dropped the first time, on a connection that has
 * served before: then it is sent again.
 */
const instance = createServer((req, res) => {
  const url = req.url!;
  const again = servedBy.has(req.socket);
  servedBy.add(req.socket);
  if (url.startsWith('/drop') && again && !dropped.has(url)) {
    dropped.add(url);
    req.socket.destroy();
    return;
  }
  void bodyOf(req).then((body) => {
    const told = `${req.method} ${url} ${req.headers['x-mark']} ${url.startsWith('/slow') ? digest(body) : body}`;
    setImmediate(() => res.writeHead(200, { 'content-length': told.length }).end(told));
  });
});
const servedBy = new WeakSet<object>();
const digest = (text: string) => createHash('sha1').update(text).digest('hex');

const counted = async (name: string) =>
  (await router.metrics()).find((family) => family.name === name)?.samples[0]?.value;

async function bodyOf(req: IncomingMessage): Promise<string> {
  // So that what comes meanwhile fills all that is on the way.
  for (let turn = 0; req.url!.startsWith('/slow') && turn < 500; turn += 1) await new Promise(setImmediate);
  let body = '';
  for await (const chunk of req) body += String(chunk);
  return body;
}

beforeEach(async () => {
  dropped = new Set();
  folder = await mkdtemp(join(tmpdir(), 'teal-lent-'));
  instance.listen(0, '127.0.0.1');
  await once(instance, 'listening');
  [router, port] = await Promise.all([
    startEmbeddedRouter(folder, createLogger('test', 'silent')),
    freePort(),
  ]);
  const http = { ...HTTP_DEFAULTS, limits: { ...HTTP_DEFAULTS.limits, concurrency: ROOM } };
  // The second one refuses at first, and is asked no more then.
  const ports = [(instance.address() as AddressInfo).port, await freePort()];
  const at = ports.map((one) => ({ host: '127.0.0.1', port: one }));
  const table = { http, endpoints: { blue: at, green: [] }, health: { blue: null, green: null } };
  await router.apply(routing(port, [], table));
});
afterEach(async () => {
  await router.close(0);
  instance.closeAllConnections();
  instance.close();
  await rm(folder, { recursive: true, force: true });
});

interface Asked {
  readonly text: string;
  readonly told: string;
}

/** What comes in chunks is node's to serve, and with it the rest of its connection. */
type Kind = 'plain' | 'dropped' | 'body' | 'chunks';

/** A request that looks like no other. */
function request(client: number, round: number, kind: Kind, place: number): Asked {
  const name = `${client}-${round}-${place}`;
  const mark = name.repeat(4 + ((client * 7 + round * 3) % 20));
  const head = `Host: shop.test\r\nX-User-Id: user-${client}\r\nX-Mark: ${mark}\r\n`;
  const path = kind === 'dropped' ? `/drop/${name}` : `/${name}`;
  if (kind === 'plain' || kind === 'dropped')
    return { text: `GET ${path} HTTP/1.1\r\n${head}\r\n`, told: `GET ${path} ${mark} ` };
  const body = `${name}.`.repeat(1 + ((client * 11 + round) % 90));
  const framed =
    kind === 'body'
      ? `Content-Length: ${body.length}\r\n\r\n${body}`
      : `Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  return { text: `POST ${path} HTTP/1.1\r\n${head}${framed}`, told: `POST ${path} ${mark} ${body}` };
}

/** Turns of the loop between two pieces: enough to accept a connection, and to read of it. */
const TURNS = 5;

/** Sends in pieces, while others send theirs, and resolves with so many bodies of answers. */
async function send(client: number, pieces: readonly string[], answers: number): Promise<string[]> {
  const socket = dialPlain(port);
  await once(socket, 'connect');
  const bodies: string[] = [];
  let read = '';
  const whole = new Promise<void>((resolve, reject) => {
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      read += chunk;
      for (;;) {
        const end = read.indexOf('\r\n\r\n') + 4;
        if (end < 4) break;
        const length = Number(
          /^HTTP\/1\.1 200 [\s\S]*\r\ncontent-length: (\d+)/i.exec(read.slice(0, end))?.[1],
        );
        // Without a length this would go on for ever.
        if (Number.isNaN(length)) return void reject(new Error(`client ${client}: ${read}`));
        if (read.length < end + length) break;
        bodies.push(read.slice(end, end + length));
        read = read.slice(end + length);
      }
      if (bodies.length === answers) resolve();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`client ${client}: closed after ${bodies.length} answers`)));
  });
  for (const piece of pieces) {
    socket.write(piece, 'latin1');
    for (let turn = 0; turn < TURNS; turn += 1) await new Promise(setImmediate);
  }
  await whole.finally(() => socket.destroy());
  return bodies;
}

/** Cut at places that move with `seed`; 0: whole. */
function cut(text: string, seed: number): string[] {
  if (seed % 4 === 0) return [text];
  const places = [(seed * 131) % text.length, (seed * 977) % text.length].sort((a, b) => a - b);
  return [text.slice(0, places[0]), text.slice(places[0], places[1]), text.slice(places[1])].filter(
    (piece) => piece !== '',
  );
}

it('requests in pieces, behind one another, sent again, and waiting for room arrive as they were sent', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const all = Array.from({ length: CLIENTS }, async (_, client) => {
      const kinds: Kind[] = ['plain', 'dropped', 'body', 'dropped', client % 2 === 0 ? 'plain' : 'chunks'];
      const asked = kinds.map((kind, place) => request(client, round, kind, place));
      const pieces = cut(asked.map(({ text }) => text).join(''), client + round);
      expect(await send(client, pieces, asked.length)).toEqual(asked.map(({ told }) => told));
    });
    await Promise.all(all);
  }
  // It came to what this is about: sending again, and waiting.
  expect(dropped.size).toBeGreaterThan(CLIENTS);
  expect((await counted('teal_router_handed_over_total')) ?? 0).toBeGreaterThan((CLIENTS / 2) * ROUNDS);
  await eventually('nothing is in flight', () => router.observe('shop')?.inFlight.blue === 0);
});

it('a body of which much waits for its instance arrives as it was sent', async () => {
  const uploads = Array.from({ length: 3 }, async (_, client) => {
    // More than the kernel keeps for a connection.
    const body = `${client}:`.repeat(8_000_000);
    const head = `Host: shop.test\r\nX-User-Id: user-${client}\r\nX-Mark: m\r\n`;
    const text = `POST /slow/${client} HTTP/1.1\r\n${head}Content-Length: ${body.length}\r\n\r\n${body}`;
    expect(await send(client, [text], 1)).toEqual([`POST /slow/${client} m ${digest(body)}`]);
  });
  await Promise.all(uploads);
});

it('what comes behind a request for another protocol arrives when that has been agreed to', async () => {
  instance.on('upgrade', (_req, socket: Socket, early: Buffer) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    socket.write(early);
    socket.on('data', (chunk) => socket.write(chunk));
    socket.on('error', () => undefined);
  });
  const tunnels = Array.from({ length: ROOM }, async (_, client) => {
    const socket = dialPlain(port);
    await once(socket, 'connect');
    const said = `${client};`.repeat(500);
    const head = `Host: shop.test\r\nX-User-Id: user-${client}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n`;
    socket.write(`GET /echo HTTP/1.1\r\n${head}\r\n${said}`);
    let read = '';
    for await (const chunk of socket.setEncoding('latin1')) {
      read += chunk;
      const body = read.indexOf('\r\n\r\n') + 4;
      if (body >= 4 && read.length - body >= said.length) break;
    }
    expect(read.slice(read.indexOf('\r\n\r\n') + 4)).toBe(said);
  });
  await Promise.all(tunnels);
  instance.removeAllListeners('upgrade');
});
