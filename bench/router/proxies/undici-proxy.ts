/** A plain proxy on node:http and undici, as a reference: `node undici-proxy.ts INSTANCE` prints its port. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { SPAN } from './proxy.ts';

const pool = new Pool(`http://127.0.0.1:${process.argv[2]}`, { connections: 256, pipelining: 1 });
const server = createServer({ keepAliveTimeout: 600_000 }, (req, res) => {
  const id = randomUUID();
  const headers = {
    ...req.headers,
    'x-forwarded-for': req.socket.remoteAddress,
    'x-forwarded-proto': 'http',
    'x-forwarded-host': req.headers.host,
    'x-request-id': id,
    traceparent: `00-${id.replaceAll('-', '')}-${SPAN}-01`,
  };
  delete headers.connection;
  const method = req.method as 'GET';
  pool
    .stream({ path: req.url!, method, headers }, ({ statusCode, headers: answer }) => {
      res.writeHead(statusCode, answer);
      return res;
    })
    .catch(() => res.destroy());
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
  console.log((server.address() as AddressInfo).port),
);
