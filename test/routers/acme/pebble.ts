import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { makeCertificate } from '../../support/make-certificate.ts';
import { eventually, freePort } from '../support.ts';

/** Pebble (github.com/letsencrypt/pebble), a real certificate authority for tests, for names below `.teal.test`. */
export interface Pebble {
  readonly directory: string;
  /** By which its own server is trusted. */
  readonly caFile: string;
  /** Root of the certificates that it issues, in PEM. */
  readonly root: string;
  /** What it wrote so far. */
  log(): string;
  close(): Promise<void>;
}

export interface PebbleOptions {
  /** Where it asks for challenges instead of port 80. */
  readonly httpPort: number;
  /** Seconds. */
  readonly validFor?: number;
  /** Percent of good nonces that are refused. */
  readonly refusedNonces?: number;
}

export async function startPebble(options: PebbleOptions): Promise<Pebble> {
  const { httpPort, validFor = 7_776_000, refusedNonces = 0 } = options;
  const [folder, port, managementPort, names] = await Promise.all([
    mkdtemp(join(tmpdir(), 'teal-pebble-')),
    freePort(),
    freePort(),
    startNames(),
  ]);
  const at = (name: string) => join(folder, name);
  const { cert, key } = makeCertificate(['localhost']);
  const pebble = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${managementPort}`,
    certificate: at('server.pem'),
    privateKey: at('server.key'),
    httpPort,
    tlsPort: httpPort,
    ocspResponderURL: '',
    externalAccountBindingRequired: false,
    retryAfter: { authz: 1, order: 1 },
    keyAlgorithm: 'ecdsa',
    // As old versions want it, and as new ones do.
    certificateValidityPeriod: validFor,
    profiles: { default: { description: '', validityPeriod: validFor } },
  };
  await Promise.all([
    writeFile(at('server.pem'), cert),
    writeFile(at('server.key'), key),
    writeFile(at('pebble.json'), JSON.stringify({ pebble })),
  ]);
  const env = {
    ...process.env,
    PEBBLE_VA_NOSLEEP: '1',
    PEBBLE_WFE_NONCEREJECT: String(refusedNonces),
  };
  const args = ['-config', at('pebble.json'), '-dnsserver', `127.0.0.1:${names.port}`];
  const child: ChildProcess = spawn('pebble', args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  }
  const agent = new Agent({ connect: { ca: cert } });
  const root = await eventually(
    'pebble starts',
    () => {
      if (child.exitCode !== null) throw new Error(`pebble ended: ${log}`);
      return request(`https://localhost:${managementPort}/roots/0`, { dispatcher: agent }).then(
        ({ body }) => body.text(),
        () => null,
      );
    },
    30_000,
  );
  return {
    directory: `https://localhost:${port}/dir`,
    caFile: at('server.pem'),
    root,
    log: () => log,
    async close() {
      await agent.destroy();
      const ended = once(child, 'exit');
      if (child.exitCode === null && child.kill('SIGKILL')) await ended;
      await names.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A server of names (RFC 1035; old versions of pebble ask by UDP, new ones by TCP): those below `.teal.test` are this machine, and there are no others. */
async function startNames() {
  const server = createServer((socket) => {
    let read = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      read = Buffer.concat([read, bytes]);
      while (read.length >= 2 && read.length >= 2 + read.readUInt16BE(0)) {
        const end = 2 + read.readUInt16BE(0);
        const answer = answerTo(read.subarray(2, end));
        read = read.subarray(end);
        socket.write(Buffer.concat([Buffer.of(answer.length >> 8, answer.length & 255), answer]));
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => socket.send(answerTo(query), from.port, from.address));
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  return {
    port,
    // Pebble has ended, and its connections with it.
    async close() {
      socket.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const A = 1;
const HEAD = 12;
const NO_SUCH_NAME = 3;

function answerTo(query: Buffer): Buffer {
  let end = HEAD;
  const labels: string[] = [];
  while (query[end] !== 0) {
    labels.push(query.toString('latin1', end + 1, end + 1 + query[end]!));
    end += 1 + query[end]!;
  }
  const known = labels.join('.').toLowerCase().endsWith('.teal.test');
  const wantsAddress = query.readUInt16BE(end + 1) === A;
  const question = query.subarray(HEAD, end + 5);
  const head = Buffer.alloc(HEAD);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(0x8180 | (known ? 0 : NO_SUCH_NAME), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(known && wantsAddress ? 1 : 0, 6);
  // The name of the question, A, IN, for no time, four bytes: this machine.
  const record = Buffer.from([0xc0, HEAD, 0, A, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1]);
  return Buffer.concat(known && wantsAddress ? [head, question, record] : [head, question]);
}
