import { describe, expect, it } from 'vitest';
import type { ListenSpec } from '../../../src/core/service/service-spec.ts';
import { planListeners } from '../../../src/routers/embedded/listen/listener-plan.ts';

const A = { cert: '/a.pem', key: '/a.key' };
const B = { cert: '/b.pem', key: '/b.key' };
const at = (name: string, port: number, change: Partial<ListenSpec> = {}) => ({
  name,
  value: name,
  listen: { port, address: '::', host: `${name}.test`, path: '/', ...change },
});
const shown = (plan: ReturnType<typeof planListeners<string>>) =>
  [...plan.listeners.values()].map(({ port, certificates }) => [
    port,
    certificates?.map(({ cert }) => cert) ?? null,
  ]);

describe('which listeners there are', () => {
  it('joins the certificates of services on one port, each once, in their order', () => {
    const plan = planListeners([
      at('shop', 443, { tls: { certificates: [B, A] } }),
      at('blog', 443, { tls: { certificates: [A] } }),
    ]);
    expect(shown(plan)).toEqual([[443, ['/b.pem', '/a.pem']]]);
    expect(plan.problems.size).toBe(0);
  });

  it('lets redirections share a port with services, by host', () => {
    const plan = planListeners([
      at('shop', 443, { tls: { certificates: [A] }, redirect: 80 }),
      at('blog', 80),
    ]);
    expect(shown(plan)).toEqual([
      [443, ['/a.pem']],
      [80, null],
    ]);
    const { ways } = plan.listeners.get('::\n80')!;
    expect(ways.match('shop.test', '/')).toEqual({ service: 'shop', redirect: 443 });
    expect(ways.match('blog.test', '/')).toEqual({ service: 'blog', redirect: null });
  });

  it('refuses the later one where a port were to speak both', () => {
    const plan = planListeners([at('plain', 443), at('shop', 443, { tls: { certificates: [A] } })]);
    expect(shown(plan)).toEqual([[443, null]]);
    expect(plan.problems.get('shop')).toBe(
      'The service plain uses port 443 without TLS, so it cannot be used with TLS.',
    );
    const redirected = planListeners([
      at('shop', 443, { tls: { certificates: [A] } }),
      at('odd', 444, { tls: { certificates: [B] }, redirect: 443 }),
    ]);
    expect(redirected.problems.get('odd')).toContain('The service shop uses port 443 with TLS');
  });

  it('names who answers for the same host and path already', () => {
    const plan = planListeners([at('shop', 80), at('second', 80, { host: 'SHOP.test' })]);
    expect(plan.problems.get('second')).toBe('The service shop answers for the same host and path already.');
  });
});
