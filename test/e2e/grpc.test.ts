/** A service of gRPC from its teal.yaml to its client: instances speak h2c, clients come by HTTP/2 over TLS. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, type IncomingHttpHeaders } from 'node:http2';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeCertificate } from '../support/make-certificate.ts';
import { openShop, QUICK, type Shop } from '../support/shop.ts';

/** Answers each message of a call with its version and the message; `fail` ends the call with NOT_FOUND. */
const SERVER = `
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http2';
const { version } = JSON.parse(readFileSync('behaviour.json', 'utf8'));
const framed = (text) => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(Buffer.byteLength(text), 1);
  return Buffer.concat([head, Buffer.from(text)]);
};
const server = createServer();
server.on('stream', (stream, headers) => {
  stream.on('error', () => undefined);
  if (headers[':path'] === '/healthz') {
    stream.respond({ ':status': 200 });
    return void stream.end('ok');
  }
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  let status = '0';
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status }));
  let bytes = Buffer.alloc(0);
  stream.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 5 && bytes.length >= 5 + bytes.readUInt32BE(1)) {
      const end = 5 + bytes.readUInt32BE(1);
      const said = bytes.toString('utf8', 5, end);
      bytes = bytes.subarray(end);
      if (said === 'fail') status = '5';
      else stream.write(framed(version + ' ' + said));
    }
  });
  stream.on('end', () => stream.end());
});
server.listen(Number(process.env.PORT), process.env.HOST ?? '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
`;

let shop: Shop;
let ca: string;
beforeEach(async () => {
  shop = await openShop(`strategy: blue-green\n${QUICK}`);
  const { folder, file } = shop.service;
  const { cert, key } = makeCertificate(['localhost']);
  ca = cert;
  const at = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  await Promise.all([
    writeFile(at.cert, cert),
    writeFile(at.key, key),
    writeFile(join(folder, 'grpc.mjs'), SERVER),
    writeFile(
      file,
      [
        'service: shop',
        `run: exec ${process.execPath} grpc.mjs`,
        'ready: { http: GET /healthz, every: 200ms, within: 30s }',
        `listen: { port: ${new URL(shop.url).port}, address: 127.0.0.1, tls: { cert: cert.pem, key: key.pem } }`,
        'http: { protocol: h2c }',
        ...(process.getuid?.() === 0 ? ['user: root'] : []),
        `strategy: blue-green\n${QUICK}`,
        '',
      ].join('\n'),
    ),
  ]);
});
afterEach(() => shop.remove());

test('calls of gRPC are served over a switch, and say what became of them', async () => {
  const first = await shop.deploy({ version: 'v1' }, '--wait', 'bake');
  expect(first, first.stdout + first.stderr).toMatchObject({ code: 0 });
  const client = connect(`https://localhost:${new URL(shop.url).port}`, { ca });
  await once(client, 'connect');
  const call = async (...messages: string[]) => {
    const stream = client.request({
      ':method': 'POST',
      ':path': '/shop.Shop/Buy',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let trailers: IncomingHttpHeaders = {};
    stream.on('trailers', (lines: IncomingHttpHeaders) => {
      trailers = lines;
    });
    for (const message of messages) stream.write(framed(message));
    stream.end();
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return { body: Buffer.concat(chunks), status: trailers['grpc-status'] };
  };
  expect(await call('a', 'b')).toEqual({
    body: Buffer.concat([framed('v1 a'), framed('v1 b')]),
    status: '0',
  });
  expect(await call('fail')).toEqual({ body: Buffer.alloc(0), status: '5' });
  const second = await shop.deploy({ version: 'v2' }, '--wait', 'bake');
  expect(second, second.stdout + second.stderr).toMatchObject({ code: 0 });
  expect(await call('c')).toEqual({ body: framed('v2 c'), status: '0' });
  client.destroy();
});

/** A message on the wire: not compressed, its length, its bytes. */
function framed(text: string): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(Buffer.byteLength(text), 1);
  return Buffer.concat([head, Buffer.from(text)]);
}
