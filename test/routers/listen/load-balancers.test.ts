/** Real load balancers in front of the router, spoken to as operators would set them up. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { request as requestSecurely, Agent as SecureAgent } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { isWithout } from '../../support/real-part.ts';
import { type SecureRouter, secureRouter } from '../support/secure-router.ts';
import { type Backend, backend, eventually, freePort, routing } from '../support.ts';

const HOST = '127.0.0.1';
/** Whom the load balancer is to speak for: another address of this machine than its own. */
const CLIENT = '127.0.0.9';
const BODY = 'x'.repeat(300_000);

let running: SecureRouter;
let instance: Backend;
/** Where the router expects a header of the PROXY protocol, and where it does not. */
let announced: number;
let announcedSecurely: number;
let plain: number;
let balancer: ChildProcess | null = null;

beforeAll(async () => {
  running = await secureRouter();
  [announced, announcedSecurely, plain] = await Promise.all([freePort(), freePort(), freePort()]);
});
afterAll(() => running.close());
beforeEach(async () => {
  instance = await backend('blue');
  instance.handle = async (req, res) => {
    const body = await text(req);
    res.end(JSON.stringify({ for: req.headers['x-forwarded-for'], length: body.length }));
  };
  const files = { cert: join(running.folder, 'shop.pem'), key: join(running.folder, 'shop.key') };
  const tls = { certificates: [files] };
  const blue = [{ host: HOST, port: instance.port }];
  const lead = (service: string, listen: { port: number; proxyProtocol?: boolean; tls?: typeof tls }) =>
    running.router.apply(
      routing(0, [], {
        service,
        listen: { address: HOST, host: null, path: '/', ...listen },
        endpoints: { blue, green: [] },
        health: { blue: null, green: null },
      }),
    );
  await running.lead([instance.port]);
  await lead('plain', { port: plain });
  await lead('announced', { port: announced, proxyProtocol: true });
  await lead('announced-securely', { port: announcedSecurely, proxyProtocol: true, tls });
});
afterEach(async () => {
  if (balancer !== null && balancer.exitCode === null) {
    balancer.kill('SIGKILL');
    await once(balancer, 'exit');
  }
  balancer = null;
  await instance.close();
});

/** Starts a load balancer; resolves when it listens on all of these ports. */
async function start(ports: readonly number[], program: string, ...args: string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  balancer = child;
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (more: string) => {
    said += more;
  });
  const listens = (port: number) =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, HOST);
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
  await eventually(`${program} listens`, async () => {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${said}`);
    return (await Promise.all(ports.map(listens))).every(Boolean);
  });
}

/** Requests with and without bodies, over few connections that stay; resolves with what the instance says of their client. */
async function serves(port: number, secure = false): Promise<Set<string>> {
  const common = { keepAlive: true, maxSockets: 4 };
  const agent = secure ? new SecureAgent({ ...common, ca: running.ca }) : new Agent(common);
  const ask = async (body: string) => {
    const options = { host: HOST, servername: 'localhost', port, localAddress: CLIENT, agent };
    const how = { ...options, method: body === '' ? 'GET' : 'POST' };
    const out = secure ? requestSecurely(how) : request(how);
    const [res] = await once(out.end(body), 'response');
    const said = await text(res);
    expect(res.statusCode, said).toBe(200);
    const { for: client, length } = JSON.parse(said);
    expect(length).toBe(body.length);
    return client as string;
  };
  const bodies = Array.from({ length: 40 }, (_, i) => (i % 4 === 0 ? BODY : ''));
  const clients = await Promise.all(bodies.map(ask));
  agent.destroy();
  return new Set(clients);
}

describe.skipIf(isWithout('haproxy', '-v'))('HAProxy', () => {
  const lead = async (mode: 'http' | 'tcp', server: string): Promise<number> => {
    const port = await freePort();
    const file = join(running.folder, 'haproxy.cfg');
    await writeFile(
      file,
      `defaults
  mode ${mode}
  timeout connect 5s
  timeout client 30s
  timeout server 30s
listen front
  bind ${HOST}:${port}
  server teal ${HOST}:${server}
`,
    );
    await start([port], 'haproxy', '-db', '-f', file);
    return port;
  };

  it.each(['send-proxy', 'send-proxy-v2', 'send-proxy-v2 check inter 50ms check-send-proxy'])(
    'says whose connection it is: %s',
    async (how) => {
      expect(await serves(await lead('http', `${announced} ${how}`))).toEqual(new Set([CLIENT]));
    },
  );

  it('speaks HTTP/2 by TLS, behind a header of the PROXY protocol', async () => {
    const server = `${announcedSecurely} send-proxy-v2 ssl verify none sni str(localhost) alpn h2`;
    expect(await serves(await lead('http', server))).toEqual(new Set([CLIENT]));
  });

  it('passes TLS on as it comes, behind a header of the PROXY protocol', async () => {
    const port = await lead('tcp', `${announcedSecurely} send-proxy-v2-ssl`);
    expect(await serves(port, true)).toEqual(new Set([CLIENT]));
  });

  it('keeps its connections, and shares them among clients', async () => {
    const port = await lead('http', `${plain}\n  http-reuse always\n  option forwardfor`);
    expect(await serves(port)).toEqual(new Set([`${CLIENT}, ${HOST}`]));
  });
});

describe.skipIf(isWithout('nginx', '-v'))('nginx', () => {
  it('keeps its connections, says who asks, and passes WebSockets on', async () => {
    const port = await freePort();
    const { folder } = running;
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const file = join(folder, 'nginx.conf');
    await writeFile(
      file,
      `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  ${temporary.map((what) => `${what}_temp_path ${folder}/nginx-${what};`).join('\n  ')}
  upstream teal { server ${HOST}:${plain}; keepalive 4; }
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  server {
    listen ${HOST}:${port};
    location / {
      proxy_pass http://teal;
      proxy_http_version 1.1;
      proxy_request_buffering off;
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
    }
  }
}
`,
    );
    await start([port], 'nginx', '-c', file, '-e', 'stderr');
    expect(await serves(port)).toEqual(new Set([`${CLIENT}, ${HOST}`]));
    const server = new WebSocketServer({ server: instance.server });
    server.on('connection', (socket) => {
      socket.on('message', (message: Buffer) => socket.send(message));
    });
    const socket = new WebSocket(`ws://${HOST}:${port}/`);
    await once(socket, 'open');
    socket.send(BODY);
    const [echo] = (await once(socket, 'message')) as [Buffer];
    expect(echo.toString()).toBe(BODY);
    socket.close(4001, 'enough');
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([4001, 'enough']);
    server.close();
  });
});
