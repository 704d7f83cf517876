import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { statusWords } from '../../src/checks/words.ts';
import { httpRequest, runCheck, serve } from './support.ts';

const http = (...requests: Parameters<typeof httpRequest>[0][]) => ({
  kind: 'http' as const,
  requests: requests.map(httpRequest),
});

test('passes with what was answered', async () => {
  const url = await serve((_, res) => res.end('Welcome'));
  const expected = { status: [200], headers: {}, body: [{ kind: 'contains', value: 'Welcome' } as const] };
  const result = await runCheck(http({ expect: expected }), { url });
  expect(result).toMatchObject({ id: 'shop-1/2/it', attempt: 1, outcome: 'passed' });
  expect(result.summary).toMatch(/^GET \/ answered 200 after \d/);
  expect(result.endedAt).toBeGreaterThanOrEqual(result.startedAt);
});

test('a wrong status fails, with request, answer and difference as evidence', async () => {
  const url = await serve((_, res) => {
    res
      .writeHead(500, { 'content-type': 'text/plain', 'set-cookie': 'id=secret', date: 'today' })
      .end('boom');
  });
  const result = await runCheck(
    http({
      method: 'POST',
      path: '/login',
      headers: { authorization: 'Bearer secret', accept: '*/*' },
      body: '{"a":1}',
    }),
    { url },
  );
  expect(result.outcome).toBe('failed');
  expect(result.summary).toBe('POST /login answered 500, expected 200');
  expect(result.evidence.replace(url, 'URL').replace(/after .* m?s/, 'after TIME')).toMatchInlineSnapshot(`
    "request
      POST URL/login
      authorization: [hidden]
      accept: */*

      {"a":1}

    answer after TIME
      500 Internal Server Error
      content-type: text/plain
      set-cookie: [hidden]
      date: today
      connection: close
      transfer-encoding: chunked

      boom

    difference (- expected, + came)
      status
        - 200
        + 500"
  `);
});

test('expected statuses are said in as few words as possible', () => {
  const class2 = Array.from({ length: 100 }, (_, i) => 200 + i);
  expect(statusWords(class2)).toBe('2xx');
  expect(statusWords([204, 200, ...class2, 404, 405, 500, 501, 502])).toBe('2xx or 404 or 405 or 500-502');
});

test('JSON is compared by path, and the difference shows the lines that differ', async () => {
  const url = await serve((_, res) =>
    res.end('{"user":{"name":"Bob","roles":["a","b"]},"items":[{"ok":true},{"ok":true}]}'),
  );
  const body = (path: string, equals?: unknown) => ({
    expect: {
      status: [200],
      headers: {},
      body: [{ kind: 'json' as const, path, ...(equals === undefined ? {} : { equals }) }],
    },
  });
  for (const good of [
    body('$.user.name', 'Bob'),
    body('$.items[*].ok', true),
    body('$.user'),
    body('$.items[?@.ok]'),
  ]) {
    expect(await runCheck(http(good), { url })).toMatchObject({ outcome: 'passed' });
  }
  const other = await runCheck(http(body('$.user', { name: 'Ann', roles: ['a', 'b'] })), { url });
  expect(other.summary).toBe('GET / answered with another $.user');
  expect(other.evidence).toContain('    {\n    -   "name": "Ann",\n    +   "name": "Bob",\n');
  const missing = await runCheck(http(body('$.nobody')), { url });
  expect(missing.summary).toBe('GET / answered without $.nobody');
  const wrongPath = await runCheck(http(body('user.name')), { url });
  expect(wrongPath).toMatchObject({ outcome: 'failed', summary: '"user.name" is no JSONPath' });
});

test('text, regular expressions and headers are held against the answer', async () => {
  const url = await serve((_, res) => res.setHeader('x-version', 'v2').end('one\ntwo\nthree\n'));
  const status = [200];
  const good = {
    status,
    headers: { 'X-Version': { kind: 'matches', pattern: '^v\\d$', flags: '' } },
    body: [
      { kind: 'matches', pattern: 'TWO', flags: 'i' },
      { kind: 'equals', value: 'one\ntwo\nthree\n' },
    ],
  } as const;
  expect(await runCheck(http({ expect: good }), { url })).toMatchObject({ outcome: 'passed' });
  const bad = {
    status,
    headers: { 'x-version': { kind: 'equals', value: 'v3' }, etag: { kind: 'contains', value: 'a' } },
    body: [
      { kind: 'equals', value: 'one\n2\nthree\n' },
      { kind: 'contains', value: 'four' },
    ],
  } as const;
  const result = await runCheck(http({ expect: bad }), { url });
  expect(result.summary).toBe('GET / answered with another header x-version');
  expect(result.evidence.slice(result.evidence.indexOf('difference'))).toMatchInlineSnapshot(`
    "difference (- expected, + came)
      header x-version
        - "v3"
        + "v2"
      header etag
        - a text that contains "a"
        + (none)
      body
          one
        - 2
        + two
          three
          
      body
        - a text that contains "four"
        + "one\\ntwo\\nthree\\n""
  `);
});

test('a value captured by one request is used by the next', async () => {
  const seen: string[] = [];
  const url = await serve((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      seen.push(`${req.method} ${req.url} ${req.headers['x-token'] ?? ''} ${Buffer.concat(chunks)}`);
      if (req.url === '/login') res.setHeader('x-session', 's-1').end('{"token":"t 1","user":{"id":7}}');
      else res.end('<input name="csrf" value="c-9">');
    });
  });
  const result = await runCheck(
    http(
      {
        method: 'POST',
        path: '/login',
        capture: {
          token: { kind: 'json', path: '$.token' },
          id: { kind: 'json', path: '$.user.id' },
          session: { kind: 'header', name: 'X-Session' },
        },
      },
      {
        path: '/users/{{id}}?s={{session}}',
        headers: { 'x-token': '{{token}}' },
        capture: { csrf: { kind: 'matches', pattern: 'csrf" value="([^"]+)"', flags: '' } },
      },
      { method: 'PUT', path: '/save', headers: { 'x-token': '{{ token }}' }, body: '{"csrf":"{{csrf}}"}' },
    ),
    { url },
  );
  expect(result).toMatchObject({ outcome: 'passed', summary: '3 requests answered as expected' });
  expect(seen).toEqual(['POST /login  ', 'GET /users/7?s=s-1 t 1 ', 'PUT /save t 1 {"csrf":"c-9"}']);
});

test('a value that nothing captured is a failure that says what to do', async () => {
  const url = await serve((_, res) => res.end('{}'));
  const result = await runCheck(http({ path: '/{{token}}' }), { url });
  expect(result.summary).toBe('{{token}} was not captured by an earlier request');
  expect(result.evidence).toContain('capture: { token: ... }');
  const lacking = await runCheck(http({ capture: { token: { kind: 'json', path: '$.token' } } }), { url });
  expect(lacking.summary).toBe('GET / answered without what is to be captured as "token" (body $.token)');
});

test('a captured value cannot lead the check to another host', async () => {
  const asked: string[] = [];
  const url = await serve((req, res) => {
    asked.push(req.url ?? '');
    res.end('{"next":"//example.invalid/x"}');
  });
  const capture = { next: { kind: 'json', path: '$.next' } as const };
  expect(await runCheck(http({ capture }, { path: '{{next}}' }), { url })).toMatchObject({
    outcome: 'passed',
  });
  expect(asked).toEqual(['/', '//example.invalid/x']);
});

test('a redirect is an answer, not followed', async () => {
  let asked = 0;
  const url = await serve((_, res) => {
    asked += 1;
    res.writeHead(302, { location: '/other' }).end();
  });
  const result = await runCheck(http({ expect: { status: [301, 303], headers: {}, body: [] } }), { url });
  expect(result.summary).toBe('GET / answered 302, expected 301 or 303');
  expect(asked).toBe(1);
});

test('an answer that does not come in time fails at the limit of the request', async () => {
  const url = await serve(() => {});
  const result = await runCheck(http({ timeout: 100 }), { url });
  expect(result.summary).toBe('GET / was not answered within 100 ms');
  expect(result.evidence).toContain(`GET ${url}/`);
});

test('an answer that begins and never ends fails at the limit too', async () => {
  const url = await serve((_, res) => res.write('half'));
  expect((await runCheck(http({ timeout: 100 }), { url })).summary).toBe(
    'GET / was not answered within 100 ms',
  );
});

test('the limit of the whole check ends it', async () => {
  const url = await serve(() => {});
  const result = await runCheck(http({ path: '/slow' }), { url, within: 100 });
  expect(result.summary).toBe('The check took longer than its 100 ms at GET /slow');
});

test('a refused connection and a broken answer are failures that say so', async () => {
  const socket = createServer((connection) => connection.destroy());
  await new Promise<void>((resolve) => socket.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void socket.close());
  const { port } = socket.address() as AddressInfo;
  const broken = await runCheck(http({}), { url: `http://127.0.0.1:${port}` });
  expect(broken.summary).toMatch(/^GET \/ failed: /);
  await new Promise((resolve) => socket.close(resolve));
  const refused = await runCheck(http({}), { url: `http://127.0.0.1:${port}` });
  expect(refused.summary).toMatch(/^GET \/ failed: .*ECONNREFUSED/);
});

test('is tried again as often as it may, with the last evidence', async () => {
  let asked = 0;
  const url = await serve((_, res) => {
    asked += 1;
    res.writeHead(asked < 3 ? 503 : 200).end(`answer ${asked}`);
  });
  expect(await runCheck(http({}), { url, retries: 1 })).toMatchObject({
    outcome: 'failed',
    summary: 'GET / answered 503, expected 200 (attempt 2)',
    evidence: expect.stringContaining('answer 2'),
  });
  asked = 0;
  const second = await runCheck(http({}), { url, retries: 5 });
  expect(second.outcome).toBe('passed');
  expect(asked).toBe(3);
});

test('every request has a connection of its own', async () => {
  const ports = new Set<number | undefined>();
  const url = await serve((req, res) => {
    ports.add(req.socket.remotePort);
    res.end();
  });
  await runCheck(http({}, {}, {}), { url });
  expect(ports.size).toBe(3);
});

test('evidence of a huge body stays bounded', async () => {
  const url = await serve((_, res) => res.writeHead(500).end('ä'.repeat(2_000_000)));
  const result = await runCheck(
    http({ expect: { status: [200], headers: {}, body: [{ kind: 'equals', value: 'x'.repeat(100_000) }] } }),
    { url },
  );
  expect(result.outcome).toBe('failed');
  expect(Buffer.byteLength(result.evidence)).toBeLessThanOrEqual(64 * 1024);
});

test('a service without HTTP traffic cannot have an http check', async () => {
  expect(await runCheck(http({}))).toMatchObject({
    outcome: 'failed',
    summary: '"it" needs a URL, and the service takes no HTTP traffic',
  });
});
