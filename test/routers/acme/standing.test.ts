import { describe, expect, it } from 'vitest';
import type { ListenSpec } from '../../../src/core/service/service-spec.ts';
import { createChallenges } from '../../../src/routers/embedded/acme/challenges.ts';
import { remarkOn } from '../../../src/routers/embedded/acme/standing.ts';
import { wishesOf } from '../../../src/routers/embedded/acme/wishes.ts';

const DAY = 86_400_000;
const directory = 'https://ca.test/dir';
const wish = { host: 'shop.test', directory, caFile: null, email: 'ops@shop.test' };
const attempt = { failures: 1, at: 0, retryAfter: null, why: 'It cannot be reached.' };

describe('what is said of an ordered certificate', () => {
  const healthy = { wish, life: { from: 0, to: 90 * DAY }, attempt: null, obstacle: null };

  it('is nothing while it is good', () => {
    expect(remarkOn(healthy, 0, DAY)).toEqual({ problem: null, warning: null });
  });

  it('is a problem until there is the first one', () => {
    const { problem } = remarkOn({ ...healthy, life: null }, 0, DAY);
    expect(problem).toBe(
      'There is no certificate for shop.test yet, so nobody is served by HTTPS there; it is being ordered from https://ca.test/dir.',
    );
  });

  it('is a warning while the old one goes on, and a problem once that has ended', () => {
    const failing = { ...healthy, attempt };
    expect(remarkOn(failing, 0, DAY)).toEqual({
      problem: null,
      warning:
        'The certificate of shop.test is good until 1970-04-01 00:00 UTC, but was not renewed: It cannot be reached. Tried again at 1970-01-01 00:05 UTC.',
    });
    const late = remarkOn(failing, 0, 90 * DAY);
    expect(late.warning).toBeNull();
    expect(late.problem).toContain('The certificate of shop.test ended at 1970-04-01 00:00 UTC. It cannot');
  });
});

describe('challenges', () => {
  const path = '/.well-known/acme-challenge/abc';

  it('are answered for their host and token alone, until they are over', () => {
    const challenges = createChallenges();
    challenges.set([{ host: 'shop.test', token: 'abc', answer: 'abc.print' }]);
    expect(challenges.answer('shop.test', path)).toBe('abc.print');
    expect(challenges.answer('other.test', path)).toBeNull();
    expect(challenges.answer('shop.test', `${path}d`)).toBeNull();
    expect(challenges.answer('shop.test', '/abc')).toBeNull();
    challenges.set([]);
    expect(challenges.answer('shop.test', path)).toBeNull();
  });
});

describe('what is to be ordered', () => {
  const acme = { email: 'ops@shop.test', directory, caFile: null };
  const secure: ListenSpec = {
    ...{ port: 443, address: '::', host: 'shop.test', path: '/', tls: { certificates: [], acme } },
  };

  it('is one certificate for a host, however many services share it', () => {
    const { certificates } = wishesOf([secure, { ...secure, path: '/api' }, { ...secure, host: 'b.test' }]);
    expect([...certificates.values()].map(({ host }) => host)).toEqual(['shop.test', 'b.test']);
  });

  it('needs a listener without TLS, of whatever service', () => {
    expect(wishesOf([secure]).answerable).toBe(false);
    expect(wishesOf([{ ...secure, redirect: 80 }]).answerable).toBe(true);
    const plain: ListenSpec = { port: 80, address: '::', host: null, path: '/' };
    expect(wishesOf([secure, plain]).answerable).toBe(true);
  });
});
