import { describe, expect, it } from 'vitest';
import { createRouteIndex } from '../../../src/routers/embedded/table/route-index.ts';

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
