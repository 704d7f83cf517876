import { describe, expect, it } from 'vitest';
import { isHashedName } from '../../../src/routers/embedded/skew/hashed-name.ts';
import { pathRule } from '../../../src/routers/embedded/skew/path-rule.ts';

describe('names with a hash of their content', () => {
  it.each([
    ...['/assets/index-BhqX3k2a.js', '/assets/index-DiwrgTda.css', '/assets/logo-B6xyz_-1.svg'], // Vite
    ...['/assets/vendor-D-kx_3aB.js', '/assets/index-BhqX3k2a.js.map', '/assets/index-BhqX3k2a.js?v=1'],
    ...['/main.3f2a91c4d5e6f7a8b9c0.js', '/static/js/main.3f2a91c4.js', '/static/js/2.3f2a91c4.chunk.js'], // webpack
    ...[
      '/static/media/29822eaa871e8eadeaa4.png',
      '/static/css/main.073c9b0a.chunk.css',
      '/3f2a91c4d5e6f7a8b9c0.module.wasm',
    ],
    ...['/static/js/main.3f2a91c4.js.LICENSE.txt', '/main.80412345.js'],
    ...['/_next/static/chunks/pages/_app-6f4a4d3b0c7e1a2b.js', '/_next/static/css/2c5e1b4a6d7f8e90.css'], // Next
    ...['/_next/static/bkPqA0m1tV9sTrX2yZc3D/_buildManifest.js', '/shop/_next/data/bkPqA0m1/cart.json'],
    ...['/app-NXGYRKEM.js', '/chunk-4SUQXXKA.js', '/build/root-4SUQXXKA.css'], // esbuild, Remix, Angular
    ...['/index.a1b2c3d4.js', '/index.4f7c1b8f.css', '/inter.9c8d7e6f.woff2'], // Parcel
    ...['/assets/application-908e25f4bf641868d8683022a5b62f54.js', '/assets/application-c9d9a7d1.css'], // Sprockets, Propshaft
    '/assets/logo-6f3f0f2b6d1b2f0c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c.png',
    ...['/static/css/base.27e20196a850.css', '/static/admin/img/icon.5d41402abc4b.svg'], // Django
    ...['/_app/immutable/chunks/CfX3kA9b.js', '/_nuxt/entry.js', '/_astro/index.DX3ak2b_.css'], // SvelteKit, Nuxt, Astro
  ])('%s', (path) => {
    expect(isHashedName(path)).toBe(true);
  });

  it.each([
    ...['/', '/index.html', '/app.js', '/assets/app.js', '/assets/jquery-migrate.js', '/js/my-settings.js'],
    ...[
      '/js/page-Checkout.js',
      '/images/photo-20240115.jpg',
      '/report-20240115.json',
      '/icons/icon-download.svg',
    ],
    ...[
      '/orders/order-12345678',
      '/api/users/3f2a91c4d5e6f7a8b9c0',
      '/files/3f2a91c4.pdf',
      '/main.3f2a91c4.html',
    ],
    ...['/main.3f2a91c4.php', '/react.min.js', '/vue.runtime.global.js', '/_next/image', '/_next/static/'],
    ...['/x?file=/assets/index-BhqX3k2a.js', '/.js', `/${'a'.repeat(2_000)}-BhqX3k2a.js`],
  ])('not %s', (path) => {
    expect(isHashedName(path)).toBe(false);
  });

  it('is found out in no time, whatever the name', () => {
    const began = performance.now();
    for (const part of ['.js', '-', 'a.', '.min', 'A', '_next/'])
      isHashedName(`/${part.repeat(1_000 / part.length)}`);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

describe('paths of ones own', () => {
  it.each([
    ['/assets/*', '/assets/app.js', true],
    ['/assets/*', '/assets/app.js?x=/y', true],
    ['/assets/*', '/other/assets/app.js', false],
    ['*.js', '/deep/er/app.js', true],
    ['*.js', '/app.json', false],
    ['/a*b*c', '/a-b-c', true],
    ['/a*b*c', '/a-c', false],
    ['/ab*ba', '/aba', false],
    ['/exact.css', '/exact.css', true],
    ['/exact.css', '/exact.css2', false],
  ])('%s and %s: %s', (pattern, path, covered) => {
    expect(pathRule([pattern])(path)).toBe(covered);
  });
});
