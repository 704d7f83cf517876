/** What the fast path does not serve goes to node's own server, with all that was read and in its order. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HTTP_DEFAULTS } from '../../../../src/core/service/http-spec.ts';
import { askRaw, dialSecure } from '../../support/ask-raw.ts';
import { type SecureRouter, secureRouter } from '../../support/secure-router.ts';

const digest = (bytes: Buffer) => createHash('sha1').update(bytes).digest('hex');
const instance = createServer({ maxHeaderSize: 65_536 }, (req, res) => {
  const parts: Buffer[] = [];
  req.on('data', (part: Buffer) => parts.push(part));
  req.on('end', () => res.end(`${req.url} ${digest(Buffer.concat(parts))};`));
});

let running: SecureRouter;
beforeEach(async () => {
  instance.listen(0, '127.0.0.1');
  [running] = await Promise.all([secureRouter(), once(instance, 'listening')]);
  const http = { ...HTTP_DEFAULTS, limits: { ...HTTP_DEFAULTS.limits, headerSize: 65_536 } };
  await running.lead([(instance.address() as AddressInfo).port], { http });
});
afterEach(async () => {
  await running.close();
  instance.closeAllConnections();
  instance.close();
});

it('by TLS, where much of a body comes with the head', async () => {
  const ask = async (name: string, padding: number) => {
    const body = randomBytes(150_000);
    const head = 'Host: shop.test\r\n';
    const text =
      `GET /first HTTP/1.1\r\n${head}\r\n` +
      `POST /${name} HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\nConnection: close\r\nX-Padding: ${'x'.repeat(padding)}\r\n\r\n` +
      `${body.length.toString(16)}\r\n${body.toString('latin1')}\r\n0\r\n\r\n`;
    const answer = await askRaw(running.port, text, dialSecure);
    expect(answer).toContain(`/${name} ${digest(body)};`);
  };
  for (let round = 0; round < 10; round += 1)
    await Promise.all(Array.from({ length: 10 }, (_, client) => ask(`${round}-${client}`, 4_000 * client)));
});
