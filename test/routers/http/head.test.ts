import { describe, expect, it } from 'vitest';
import { requestHead, responseHead } from '../../../src/routers/embedded/http/head.ts';

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
});
