import { describe, expect, it } from 'vitest';
import { readerOf } from '../../../src/routers/embedded/clients/read-header.ts';
import { forwardedBy, peerOf } from '../../../src/routers/embedded/visit/peer.ts';
import { trustOf } from '../../../src/routers/embedded/visit/trust.ts';

describe('who a client is, and what an instance is told of it', () => {
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
