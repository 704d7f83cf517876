/** Which certificate is shown, and what becomes of changed files. */
import { once } from 'node:events';
import { chmod, unlink, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type MadeCertificate, makeCertificate } from '../../support/make-certificate.ts';
import type { InProcessRouter } from '../support/in-process-router.ts';
import { type Backend, backend, eventually, routing } from '../support.ts';
import { type TlsStage, tlsStage } from './tls-stage.ts';

describe.each([
  ['the fast path', true],
  ["node's own server", false],
])('certificates, %s', (_name, fastPath) => {
  let stage: TlsStage;
  let running: InProcessRouter;
  let blue: Backend;
  let port: number;
  let shop: MadeCertificate;

  beforeEach(async () => {
    stage = await tlsStage(fastPath);
    ({ running, blue, port, shop } = stage);
  });
  afterEach(() => stage.close());
  const applyShop: TlsStage['applyShop'] = (names) => stage.applyShop(names);
  const handshake: TlsStage['handshake'] = (options) => stage.handshake(options);
  const subject: TlsStage['subject'] = (options) => stage.subject(options);
  const get: TlsStage['get'] = (path, options, body) => stage.get(path, options, body);
  const files: TlsStage['files'] = (name, made) => stage.files(name, made);

  it('picks the certificate by name, exact before wildcard, the first for everybody else', async () => {
    await files('first', makeCertificate(['first.test']));
    await files('exact', makeCertificate(['api.shop.test']));
    await applyShop(['first', 'shop', 'exact']);
    expect(await subject({ servername: 'api.shop.test' })).toBe('api.shop.test');
    expect(await subject({ servername: 'WWW.shop.test' })).toBe('shop.test');
    expect(await subject({ servername: 'unknown.test' })).toBe('first.test');
    expect(await subject()).toBe('first.test');
  });

  it('shares one listener among services with certificates of their own', async () => {
    const other = await backend('other');
    await files('blog', makeCertificate(['blog.test']));
    await running.router.apply(routing(port, [blue], { listen: stage.secure(['shop'], 'shop.test') }));
    await running.router.apply(
      routing(port, [other], { service: 'blog', listen: stage.secure(['blog'], 'blog.test') }),
    );
    expect(await subject({ servername: 'blog.test' })).toBe('blog.test');
    expect((await get('/', { headers: { host: 'shop.test' } })).body).toBe('blue');
    expect((await get('/', { headers: { host: `blog.test:${port}` } })).body).toBe('other');
    await running.router.remove('shop');
    expect(await subject({ servername: 'shop.test' })).toBe('blog.test');
    await other.close();
  });

  it('takes up a changed certificate and keeps the connections that there are', async () => {
    await applyShop();
    const kept = await handshake();
    kept.write('GET /1 HTTP/1.1\r\nHost: h\r\n\r\n');
    await once(kept, 'data');
    await files('shop', makeCertificate(['new.test']));
    await eventually('the new one is shown', async () => (await subject()) === 'new.test');
    await eventually('also by name', async () => (await subject({ servername: 'x.test' })) === 'new.test');
    kept.write('GET /2 HTTP/1.1\r\nHost: h\r\n\r\n');
    const [answer] = (await once(kept, 'data')) as [Buffer];
    expect(answer.toString()).toContain('200 OK');
    kept.destroy();
  });

  it('keeps the old certificate while the new files are of no use, and says so', async () => {
    await applyShop();
    const { cert, key } = stage.pathsOf('shop');
    const warning = () => running.router.observe('shop')?.warning ?? '';
    await writeFile(key, makeCertificate(['other.test']).key);
    await eventually('it is said', () => warning().includes('does not belong'));
    expect(warning()).toContain('still in use');
    expect((await get()).status).toBe(200);
    await writeFile(cert, 'rubbish');
    await eventually('it is said', () => warning().includes('no certificate in PEM'));
    await unlink(cert);
    await eventually('it is said', () => warning().includes('cannot be read'));
    expect((await get()).status).toBe(200);
    expect(running.router.observe('shop')?.problem).toBeNull();
    await files('shop', shop);
    await eventually('it is over', () => warning() === '');
  });

  it('says when a certificate ends soon or has ended', async () => {
    await files('shop', makeCertificate(['shop.test'], 3 * 86_400_000));
    await applyShop();
    expect(running.router.observe('shop')?.warning).toMatch(/shop\.pem expires on \d{4}-/);
    await files('shop', makeCertificate(['shop.test'], -86_400_000));
    await applyShop();
    expect(running.router.observe('shop')?.warning).toMatch(/shop\.pem expired on \d{4}-/);
  });

  it('keeps a good certificate where the new one has expired, until a good one comes', async () => {
    await applyShop();
    await files('shop', makeCertificate(['expired.test'], -86_400_000));
    const warning = () => running.router.observe('shop')?.warning ?? '';
    await eventually('it is said', () => warning().includes('expired on'));
    expect(warning()).toMatch(
      /shop\.pem expired on \d{4}-\d\d-\d\d\. The certificate before it is still in use\.$/,
    );
    await applyShop();
    expect(await subject()).toBe('shop.test');
    expect((await get()).status).toBe(200);
    await files('shop', makeCertificate(['new.test']));
    await eventually('the good one is shown', async () => (await subject()) === 'new.test');
    expect(warning()).toBe('');
  });

  it('shows one that has expired where there is no better one, and says so', async () => {
    await files('shop', makeCertificate(['old.test'], -2 * 86_400_000));
    await applyShop();
    expect(await subject()).toBe('old.test');
    await files('shop', makeCertificate(['newer.test'], -86_400_000));
    await applyShop();
    expect(await subject()).toBe('newer.test');
    expect(running.router.observe('shop')).toMatchObject({
      problem: null,
      warning: expect.stringMatching(/shop\.pem expired on \d{4}-\d\d-\d\d\.$/),
    });
  });

  it('has a problem where no certificate was ever good, and recovers by itself', async () => {
    await applyShop(['nowhere']);
    expect(running.router.observe('shop')?.problem).toMatch(
      /nowhere\.pem cannot be read: There is no such file/,
    );
    await expect(handshake()).rejects.toThrow();
    await files('nowhere', shop);
    await chmod(stage.pathsOf('nowhere').key, 0o600);
    await eventually('it is over', () => running.router.observe('shop')?.problem === null);
    expect((await get()).status).toBe(200);
  });
});
