/** Answers of the router itself to clients of HTTP/2. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from 'node:http2';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HTTP_DEFAULTS } from '../../../src/core/service/http-spec.ts';
import { type SecureRouter, secureRouter } from '../support/secure-router.ts';
import { type Backend, backend, eventually } from '../support.ts';

describe('the router itself answers by HTTP/2', () => {
  let running: SecureRouter;
  let instance: Backend;
  let client: ClientHttp2Session;

  beforeAll(async () => {
    running = await secureRouter({ limits: { bodyIdle: 300, connect: 300 } });
  });
  afterAll(() => running.close());
  beforeEach(async () => {
    instance = await backend('blue');
    await running.lead([instance.port]);
    client = connect(`https://localhost:${running.port}`, { ca: running.ca });
    await once(client, 'connect');
  });
  afterEach(async () => {
    client.destroy();
    await instance.close();
  });

  /** `part`: of a body whose rest does not come. */
  async function ask(headers: OutgoingHttpHeaders, part?: string) {
    const stream = client.request({ ':path': '/', ...headers }, { endStream: part === undefined });
    if (part !== undefined) stream.write(part);
    const [answer] = await once(stream, 'response');
    return { status: answer[':status'], type: answer['content-type'], body: await text(stream) };
  }

  it('408 where the rest of a body does not come, and the instance is let go', async () => {
    instance.handle = (req) => void req.resume();
    expect((await ask({ ':method': 'POST', 'content-length': 9 }, 'ab')).status).toBe(408);
    await eventually('it is let go', () => running.router.observe('shop')?.inFlight.blue === 0);
  });

  it('417 to what it cannot expect', async () => {
    expect((await ask({ expect: 'tea' })).status).toBe(417);
    expect(instance.requests).toEqual([]);
  });

  it('with the page of the service to people, JSON to programs, and nothing behind the head to HEAD', async () => {
    const errorPage = join(running.folder, 'error.html');
    await writeFile(errorPage, '<h1>{{status}}</h1><p>{{message}}</p>');
    await running.lead([], { outage: 'Away', http: { ...HTTP_DEFAULTS, errorPage } });
    expect(await ask({ accept: 'text/html' })).toEqual({
      status: 503,
      type: 'text/html; charset=utf-8',
      body: '<h1>503</h1><p>Away</p>',
    });
    expect(JSON.parse((await ask({ accept: 'application/json' })).body)).toMatchObject({
      error: { status: 503, message: 'Away' },
    });
    expect(await ask({ ':method': 'HEAD' })).toMatchObject({ status: 503, body: '' });
  });
});
