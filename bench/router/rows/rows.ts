import { caddy } from '../proxies/caddy.ts';
import { envoy } from '../proxies/envoy.ts';
import { haproxy } from '../proxies/haproxy.ts';
import { nginx } from '../proxies/nginx.ts';
import { teal, tealByNode } from '../proxies/teal.ts';
import { tealMute } from '../proxies/teal-mute.ts';
import { undici } from '../proxies/undici.ts';
import { MESSAGE } from '../websocket-frames.ts';
import { cpuRow } from './cpu-row.ts';
import { idleRow } from './idle-row.ts';
import { latencyRow } from './latency-row.ts';
import type { Row } from './row.ts';

const ALL = [nginx, teal, haproxy, undici, envoy, caddy];
const WITHOUT_UNDICI = [nginx, teal, haproxy, envoy, caddy];

/** Everything that is compared. */
export const ROWS: readonly Row[] = [
  cpuRow({
    name: '1kb',
    title: 'CPU of an answer of 1 KB, keep-alive',
    goal: 'Teal >= .9 of nginx',
    load: 'keep-alive',
    peers: [...ALL, tealByNode],
  }),
  cpuRow({
    name: '100kb',
    title: 'CPU of an answer of 100 KB, keep-alive',
    goal: 'Teal >= 1.5 of nginx',
    load: 'keep-alive',
    order: { size: 102_400 },
    peers: ALL,
  }),
  cpuRow({
    name: 'tls',
    title: 'CPU of an answer of 1 KB, TLS 1.3, keep-alive',
    goal: 'Teal >= .8 of nginx',
    load: 'keep-alive',
    secure: true,
    peers: WITHOUT_UNDICI,
  }),
  cpuRow({
    name: 'h2',
    title: 'CPU of an answer of 1 KB, HTTP/2 over TLS',
    goal: 'Teal >= .5 of nginx',
    load: 'http2',
    secure: true,
    peers: WITHOUT_UNDICI,
  }),
  cpuRow({
    name: 'each',
    title: 'CPU of an answer of 1 KB, one connection per request',
    goal: 'Teal >= .5 of nginx',
    load: 'connection-each',
    order: { connections: 32 },
    peers: ALL,
  }),
  cpuRow({
    name: 'websocket',
    title: `CPU of a message of ${MESSAGE} bytes there and back, WebSocket`,
    goal: 'Teal >= .8 of nginx',
    load: 'websocket',
    order: { size: MESSAGE },
    peers: WITHOUT_UNDICI,
  }),
  idleRow({ peers: [nginx, teal, haproxy, undici, envoy, caddy] }),
  latencyRow({ peers: ALL }),
  cpuRow({
    name: 'telemetry',
    title: 'CPU of an answer of 1 KB, without telemetry and with it',
    goal: 'with it >= .95 of without',
    load: 'keep-alive',
    peers: [tealMute, teal],
  }),
];
