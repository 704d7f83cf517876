/** The router's decisions, without a socket. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, bucketOf } from '../../../src/routers/embedded/clients/assignment.ts';
import { cookieValue, withoutOwnCookies } from '../../../src/routers/embedded/clients/cookies.ts';
import { createIdentities } from '../../../src/routers/embedded/clients/identity.ts';
import { previewOf } from '../../../src/routers/embedded/clients/preview.ts';
import { readerOf } from '../../../src/routers/embedded/clients/read-header.ts';
import { createEndpointState, type EndpointState } from '../../../src/routers/embedded/endpoints/endpoint.ts';
import { leastLoadedOfTwo } from '../../../src/routers/embedded/endpoints/least-loaded.ts';
import { RetryBudget } from '../../../src/routers/embedded/endpoints/retry-budget.ts';
import { requestHead, responseHead } from '../../../src/routers/embedded/http/head.ts';
import { allTo, fallBackTo } from '../../../src/routers/embedded/table/fallback.ts';
import { createRouteIndex } from '../../../src/routers/embedded/table/route-index.ts';
import { forwardedBy, peerOf } from '../../../src/routers/embedded/visit/peer.ts';
import { trustOf } from '../../../src/routers/embedded/visit/trust.ts';
import { canary, routing } from '../support.ts';

const rule = (weight: number, seed = 7) => ({
  live: 'blue' as const,
  candidate: 'green' as const,
  split: { blue: 10_000 - weight, green: weight },
  seed,
});

describe('assignment', () => {
  it('moves clients only towards the candidate while the weight grows', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.array(fc.integer({ min: 0, max: 10_000 })),
        (identity, seed, weights) => {
          let moved = false;
          for (const weight of [...weights].sort((a, b) => a - b)) {
            const green = assign(rule(weight, seed), identity) === 'green';
            expect(green || !moved).toBe(true);
            moved ||= green;
          }
        },
      ),
    );
  });

  it('gives nobody a candidate of weight 0 and everybody one of weight 10000', () => {
    for (let client = 0; client < 1_000; client += 1) {
      expect(assign(rule(0), `user-${client}`)).toBe('blue');
      expect(assign(rule(10_000), `user-${client}`)).toBe('green');
    }
  });

  it('shuffles with the seed', () => {
    const same = Array.from({ length: 1_000 }, (_, n) => `user-${n}`).filter(
      (identity) => bucketOf(identity, 1) < 5_000 === bucketOf(identity, 2) < 5_000,
    );
    expect(same.length).toBeGreaterThan(400);
    expect(same.length).toBeLessThan(600);
  });
});

describe('identity', () => {
  const identities = createIdentities(Buffer.alloc(32, 1));
  const auto = { kind: 'auto' } as const;

  it('mints a cookie for a navigation and knows it again', () => {
    const first = identities.of(readerOf({ 'sec-fetch-mode': 'navigate' }), auto, '192.0.2.1', false);
    expect(first.setCookie).toMatch(/^teal_id=[\w-]+\.[\w-]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
    const cookie = `a=b; ${first.setCookie!.split(';')[0]}`;
    const again = identities.of(readerOf({ cookie, 'sec-fetch-mode': 'navigate' }), auto, '192.0.2.9', false);
    expect(again).toEqual({ identity: first.identity, setCookie: null });
  });

  it('keeps the cookie of a client that came by TLS from going without', () => {
    const client = identities.of(readerOf({ 'sec-fetch-mode': 'navigate' }), auto, '192.0.2.1', true);
    expect(client.setCookie).toMatch(/; HttpOnly; SameSite=Lax; Secure$/);
  });

  it('does not believe a forged cookie', () => {
    const honest = identities
      .of(readerOf({ 'sec-fetch-mode': 'navigate' }), auto, '192.0.2.1', false)
      .setCookie!.split(';')[0]!;
    const elsewhere = createIdentities(Buffer.alloc(32, 2));
    for (const cookie of [
      honest,
      honest.replace(/=./, '=#'),
      'teal_id=x',
      'teal_id=x.',
      'teal_id=.x',
      'teal_id=',
    ]) {
      const client = elsewhere.of(
        readerOf({ cookie, 'sec-fetch-mode': 'navigate' }),
        auto,
        '192.0.2.1',
        false,
      );
      expect(client.setCookie).not.toBeNull();
      expect(cookie).not.toContain(client.identity);
    }
  });

  it('falls back to a keyed hash of address and user agent', () => {
    const of = (address: string, agent: string) =>
      identities.of(readerOf({ 'user-agent': agent }), auto, address, false).identity;
    expect(of('192.0.2.1', 'curl')).toBe(of('192.0.2.1', 'curl'));
    expect(of('192.0.2.1', 'curl')).not.toBe(of('192.0.2.2', 'curl'));
    expect(of('192.0.2.1', 'curl')).not.toBe(of('192.0.2.1', 'wget'));
    expect(of('192.0.2.1', 'curl')).not.toContain('192');
  });

  it('prefers what is configured', () => {
    const headers = readerOf({ cookie: 'session=s1; teal_id=x', 'x-user-id': 'u1' });
    expect(identities.of(headers, { kind: 'cookie', name: 'session' }, '192.0.2.1', false).identity).toBe(
      's1',
    );
    expect(identities.of(headers, { kind: 'header', name: 'X-User-Id' }, '192.0.2.1', false).identity).toBe(
      'u1',
    );
  });
});

describe('preview header', () => {
  const table = canary(1, [], [], 100);
  it.each([
    ['open-sesame:candidate', 'green'],
    ['open-sesame:blue', 'blue'],
    ['open-sesame:green', 'green'],
    ['open-sesame:red', null],
    ['open-sesame', null],
    ['wrong:green', null],
    [':green', null],
  ])('%s reaches %s', (header, colour) => {
    expect(previewOf(header, table)).toBe(colour);
  });

  it('never opens with an empty secret, and means the idle environment where there is no candidate', () => {
    expect(previewOf(':green', routing(1, [], { previewSecret: '' }))).toBeNull();
    expect(previewOf('open-sesame:candidate', routing(1, []))).toBe('green');
  });
});

describe('route index', () => {
  const index = createRouteIndex([
    { host: null, path: '/', value: 'any' },
    { host: null, path: '/api', value: 'api' },
    { host: null, path: '/api/v2/', value: 'v2' },
    { host: 'Shop.example', path: '/cart', value: 'cart' },
  ]);
  it.each([
    ['x', '/', 'any'],
    ['x', '/apis', 'any'],
    ['x', '/api', 'api'],
    ['x', '/api?x=/api/v2', 'api'],
    ['x', '/api/v2', 'v2'],
    ['x', '/api/v2/z', 'v2'],
    ['SHOP.example', '/cart/1', 'cart'],
    ['shop.example', '/carts', 'any'],
  ])('%s %s is for %s', (host, path, value) => {
    expect(index.match(host, path)).toBe(value);
  });

  it('finds nobody where nobody is', () => {
    expect(createRouteIndex([{ host: 'a', path: '/', value: 1 }]).match('b', '/')).toBeNull();
  });
});

describe('choice among instances', () => {
  it('takes the less loaded of two, and is not stuck on one', () => {
    const states = [1, 2, 3].map((port) => createEndpointState({ host: 'h', port }, () => {}));
    const counts = new Map<number, number>();
    for (let request = 0; request < 3_000; request += 1) {
      const chosen = leastLoadedOfTwo(states)!;
      chosen.inFlight += 1;
      counts.set(chosen.address.port, (counts.get(chosen.address.port) ?? 0) + 1);
    }
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(20);
    expect(leastLoadedOfTwo([])).toBeNull();
  });

  it('requests are sent again within a budget: 100, or a fifth of those of the last ten seconds', () => {
    const budget = new RetryBudget();
    const spent = () => {
      let count = 0;
      while (budget.spend()) count += 1;
      return count;
    };
    let now = 1_000_000;
    budget.advance(now);
    expect(spent()).toBe(100);
    for (let i = 0; i < 1_000; i += 1) budget.count();
    expect(spent()).toBe(100);
    now += 5_000;
    budget.advance(now);
    for (let i = 0; i < 500; i += 1) budget.count();
    expect(spent()).toBe(100);
    now += 5_000;
    budget.advance(now);
    expect(spent()).toBe(0);
    budget.advance(now + 60_000);
    expect(spent()).toBe(100);
  });

  it('an instance that has just become healthy gets a share that grows, unless all have', () => {
    const states = [1, 2].map((port) => createEndpointState({ host: 'h', port }, () => undefined));
    const [warm, cold] = states as [EndpointState, EndpointState];
    warm.report('ok');
    const share = (slowStart: number) => {
      let count = 0;
      for (let i = 0; i < 1_000; i += 1) {
        // A share of the draws in [0, 1), so that nothing is left to chance.
        let draw = 0;
        const random = () => [i % 2 === 0 ? 0.1 : 0.9, 0, i / 1_000][draw++]!;
        if (leastLoadedOfTwo(states, Number.POSITIVE_INFINITY, slowStart, random) === cold) count += 1;
      }
      return count;
    };
    while (performance.now() - warm.healthySince < 1);
    cold.report('ok');
    expect(share(0)).toBe(500);
    expect(share(3_600_000)).toBeLessThan(10);
    expect(share(0.001)).toBe(500);
  });
});

describe('health of an endpoint', () => {
  it('is lost after two failures, or at once by a refused connection', () => {
    const state = createEndpointState({ host: 'h', port: 1 }, () => {});
    state.report('failed');
    expect(state.health).toBe('starting');
    state.report('ok');
    state.report('failed');
    expect(state.health).toBe('healthy');
    state.report('ok');
    state.report('failed');
    state.report('failed');
    expect(state.health).toBe('unhealthy');
    state.report('ok');
    state.report('refused');
    expect(state.health).toBe('unhealthy');
  });
});

describe('fallback', () => {
  const fallback = { to: 'blue', after: 60_000 } as const;
  it('takes only a part of the traffic back, only after the time', () => {
    const at = (weight: number, passed: number) =>
      fallBackTo({ ...rule(weight), fallback }, 1_000, 1_000 + passed);
    expect(at(500, 59_999)).toBeNull();
    expect(at(500, 60_000)).toBe('blue');
    expect(at(0, 90_000)).toBeNull();
    expect(at(10_000, 90_000)).toBeNull();
    expect(fallBackTo({ ...rule(500), fallback: null }, 0, 1e9)).toBeNull();
  });

  it('no longer claims the revision that was applied', () => {
    const before = canary(1, [], [], 500);
    expect(allTo(before, 'blue').split).toEqual({ blue: 10_000, green: 0 });
    expect(allTo(before, 'blue').revision).not.toBe(before.revision);
  });
});

describe('heads', () => {
  const forwarded = { for: 'f', proto: 'http', host: 'h', client: 'f' };

  it('drops what is for one connection, and what Connection names, but not the framing', () => {
    const raw = [
      'hOst',
      'h',
      'Connection',
      'X-Gone, Host, content-length, close',
      'X-Gone',
      '1',
      'TE',
      'x',
      'Content-Length',
      '2',
    ];
    const introduction = { forwarded, requestId: 'id', trace: null, via: false };
    const head = requestHead([...raw, 'X-KeptCase', 'v', 'Keep-Alive', '5'], 'h', introduction);
    expect(head).toEqual([
      ...['hOst', 'h', 'Content-Length', '2', 'X-KeptCase', 'v'],
      ...['X-Forwarded-For', 'f', 'X-Forwarded-Proto', 'http', 'X-Forwarded-Host', 'h', 'X-Request-Id', 'id'],
    ]);
  });

  it('keeps duplicates of an answer in their order and lets preview lines win', () => {
    const raw = [
      'Set-Cookie',
      'a=1',
      'Connection',
      'x-own',
      'X-Own',
      '1',
      'Set-Cookie',
      'b=2',
      'X-Teal-Release',
      'fake',
    ];
    expect(responseHead(raw, ['X-Teal-Release', 'r2', 'Set-Cookie', 'c=3'])).toEqual([
      ...['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-Teal-Release', 'r2', 'Set-Cookie', 'c=3'],
    ]);
  });

  it('cuts its own cookies out and leaves the rest as it was', () => {
    expect(withoutOwnCookies('a=1; teal_id=x; b=2')).toBe('a=1; b=2');
    expect(withoutOwnCookies('teal_pin=y; a=1; teal_id=x')).toBe('a=1');
    expect(withoutOwnCookies('teal_id=x')).toBeNull();
    expect(withoutOwnCookies('my_teal_id=x; teal_other=1')).toBe('my_teal_id=x; teal_other=1');
    expect(cookieValue('a=1; b=x=y', 'b')).toBe('x=y');
  });

  it('believes what a listed proxy says of the client, and nobody else', () => {
    const trust = trustOf(['10.0.0.0/8', '2001:db8::/32']);
    const headers = readerOf({ 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'https' });
    for (const proxy of ['10.0.0.1', '2001:db8::9']) {
      expect(forwardedBy(peerOf(proxy), trust, headers, 'h')).toEqual({
        ...{ for: `198.51.100.7, ${proxy}`, proto: 'https', host: 'h', client: '198.51.100.7' },
      });
    }
    expect(forwardedBy(peerOf('::ffff:10.0.0.1'), trust, headers, 'h').client).toBe('198.51.100.7');
    expect(forwardedBy(peerOf('203.0.113.9', true), trust, headers, 'h')).toEqual({
      ...{ for: '203.0.113.9', proto: 'https', host: 'h', client: '203.0.113.9' },
    });
  });

  it('says of each request of a connection what is true of that one', () => {
    const trust = trustOf(['10.0.0.0/8']);
    const proxy = peerOf('10.0.0.1');
    const linesOf = (host: string, chain?: string) =>
      forwardedBy(proxy, trust, readerOf({ 'x-forwarded-for': chain }), host).lines.split('\r\n');
    const own = ['X-Forwarded-For: 10.0.0.1', 'X-Forwarded-Proto: http'];
    for (let round = 0; round < 2; round += 1) {
      expect(linesOf('a')).toEqual([...own, 'X-Forwarded-Host: a', '']);
      expect(linesOf('b')).toEqual([...own, 'X-Forwarded-Host: b', '']);
      expect(linesOf('b', '198.51.100.7')[0]).toBe('X-Forwarded-For: 198.51.100.7, 10.0.0.1');
      expect(linesOf('b')).toEqual([...own, 'X-Forwarded-Host: b', '']);
    }
  });

  it('the client is the last of the chain that is no proxy of ours; a scheme that is none is not believed', () => {
    const trust = trustOf(['10.0.0.0/8']);
    const by = (chain: string) => {
      const headers = readerOf({ 'x-forwarded-for': chain, 'x-forwarded-proto': 'javascript' });
      return forwardedBy(peerOf('10.0.0.1'), trust, headers, 'h');
    };
    expect(by('192.0.2.66, 198.51.100.7, 10.9.9.9')).toMatchObject({ client: '198.51.100.7', proto: 'http' });
    expect(by('10.3.3.3, 10.9.9.9').client).toBe('10.3.3.3');
    expect(by('not an address').client).toBe('not an address');
  });
});
