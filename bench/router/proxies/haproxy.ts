import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { end, PROXY_CORE, pinned } from '../pinned.ts';
import { listening, runs, twoPorts } from './ports.ts';
import { type Peer, type Setting, SPAN } from './proxy.ts';

/** HAProxy with one thread. */
export const haproxy: Peer = {
  name: 'HAProxy',
  missing: () => (runs('haproxy', '-v') ? null : 'apt-get install haproxy'),
  async start(setting) {
    const { folder } = setting;
    const [port, securePort] = await twoPorts();
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      `${folder}/both.pem`,
      readFileSync(setting.cert, 'utf8') + readFileSync(setting.key, 'utf8'),
    );
    writeFileSync(`${folder}/haproxy.cfg`, configuration(setting, port, securePort));
    const child = pinned(
      PROXY_CORE,
      'haproxy',
      ['-f', `${folder}/haproxy.cfg`, '-db'],
      process.env,
      'ignore',
    );
    await listening(port);
    return { name: 'HAProxy', port, securePort, pid: child.pid!, stop: () => end(child, 'SIGKILL') };
  },
};

const configuration = ({ folder, instance }: Setting, port: number, securePort: number) => `
global
  nbthread 1
  maxconn 9000
defaults
  mode http
  timeout client 600s
  timeout server 60s
  timeout connect 5s
  timeout tunnel 600s
  http-reuse always
frontend in
  bind 127.0.0.1:${port}
  bind 127.0.0.1:${securePort} ssl crt ${folder}/both.pem alpn h2,http/1.1
  unique-id-format %{+X}o%ci%cp%Ts%rt
  unique-id-header X-Request-Id
  option forwardfor
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(Host)]
  http-request set-header traceparent 00-%[uuid,regsub(-,,g)]-${SPAN}-01
  default_backend app
backend app
  server a 127.0.0.1:${instance} pool-max-conn 256
`;
