import { describe, expect, it } from 'vitest';
import { cookieValue, withoutOwnCookies } from '../../../src/routers/embedded/clients/cookies.ts';
import { createIdentities } from '../../../src/routers/embedded/clients/identity.ts';
import { readerOf } from '../../../src/routers/embedded/clients/read-header.ts';

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

  it('cuts its own cookies out and leaves the rest as it was', () => {
    expect(withoutOwnCookies('a=1; teal_id=x; b=2')).toBe('a=1; b=2');
    expect(withoutOwnCookies('teal_pin=y; a=1; teal_id=x')).toBe('a=1');
    expect(withoutOwnCookies('teal_id=x')).toBeNull();
    expect(withoutOwnCookies('my_teal_id=x; teal_other=1')).toBe('my_teal_id=x; teal_other=1');
    expect(cookieValue('a=1; b=x=y', 'b')).toBe('x=y');
  });
});
