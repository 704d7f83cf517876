import { readFile, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Hono } from 'hono';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { z } from 'zod';
import { openApi } from '../../src/api/openapi.ts';
import { ROUTES } from '../../src/api/routes.ts';
import * as schema from '../../src/api/schema.ts';
import { serveApi } from '../../src/api/server.ts';
import { TealError } from '../../src/core/error.ts';
import { resolveGroup } from '../../src/system/users/group.ts';
import { atTheGate, promoted } from '../daemon/support/controlled.ts';
import { release } from '../daemon/support/release.ts';
import { temporaryHome } from '../support/temporary-home.ts';
import { type ServedApi, servedApi } from './support.ts';

/** Asks, and checks that the answer is what the schema promises, with nothing left out or added. */
async function ask<S extends z.ZodType>({ api }: ServedApi, path: string, promise: S): Promise<z.output<S>> {
  const answer = await api.get(path);
  const parsed = promise.parse(answer);
  expect(answer).toEqual(parsed);
  return parsed;
}

describe('reading', () => {
  test('a service in the middle of a canary is described as promised', async () => {
    const it = await servedApi();
    const [first, second] = [release(), release()];
    await atTheGate(it.teal, first, second);
    const status = await ask(it, '/api/v1/services/shop', schema.service);
    expect(status).toMatchObject({
      phase: 'waiting',
      strategy: 'canary',
      stable: { release: first.id },
      candidate: { release: second.id },
      rollout: { id: 'shop-2', waitingFor: expect.any(String), until: expect.any(String) },
    });
    expect(status.split![status.candidate!.environment]).toBe(1_000);
    expect(status.rollout!.verdicts[0]).toMatchObject({ metric: 'errors', needed: { harm: 100, safe: 100 } });
    expect(status.rollout!.steps.map(({ label }) => label)).toContain('10 % of clients');
    await ask(it, '/api/v1/services', schema.service.array());
  });

  test('history and a rollout tell what happened, in words and as data', async () => {
    const it = await servedApi();
    await atTheGate(it.teal, release(), release());
    await it.teal.command('abort', { actor: 'ada@lab' });
    await it.teal.until('the end', ({ state }) => state.last?.outcome === 'aborted');
    const history = await ask(it, '/api/v1/services/shop/history', schema.history);
    expect(history.rollouts.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      'shop-2 aborted',
      'shop-1 promoted',
    ]);
    const newest = await ask(it, '/api/v1/services/shop/history?limit=1', schema.history);
    expect(newest.rollouts).toHaveLength(1);
    expect(newest.events[0]!.type).toBe('rollout-started');
    const detail = await ask(it, '/api/v1/rollouts/shop-2', schema.rolloutDetail);
    expect(detail).toMatchObject({ outcome: 'aborted', current: null });
    expect(detail.steps.some(({ state }) => state === 'done')).toBe(true);
    expect(detail.events.some(({ actor }) => actor === 'ada@lab')).toBe(true);
    for (const { text } of detail.events) expect(text).toMatch(/\S/);
    for (const events of [history.events, detail.events]) {
      expect(events.map(({ text }) => text)).toContain('Step 2 (shift to 10 %) began');
    }
    expect(JSON.stringify(history)).not.toContain('"spec"');
  });

  test('preview, health, metrics and schemas', async () => {
    const it = await servedApi();
    await atTheGate(it.teal, release(), release());
    const preview = await ask(it, '/api/v1/services/shop/preview', schema.preview);
    expect(preview.header).toMatchObject({
      name: 'x-teal-preview',
      value: expect.stringMatching(/^\S{20,}:candidate$/),
    });
    expect(await ask(it, '/healthz', schema.health)).toMatchObject({ version: '1.2.3', pid: process.pid });
    const text = await raw(it, 'GET', '/metrics');
    expect(text.body).toContain('teal_service_phase{service="shop",phase="waiting"} 1');
    expect(text.body).toMatch(/^teal_split_ratio\{service="shop",environment="(blue|green)"\} 0\.1$/m);
    expect(text.body).toMatch(/^teal_journal_bytes \d+$/m);
    expect(text.body).toContain('teal_router_up 1\n');
    expect(text.body).toContain(
      '# TYPE teal_router_x_seconds histogram\nteal_router_x_seconds_sum{service="shop"} 3\n',
    );
    it.teal.router.away = true;
    const without = (await raw(it, 'GET', '/metrics')).body;
    expect(without).toContain('teal_router_up 0\n');
    expect(without).not.toContain('teal_router_x_seconds');
    expect(await it.api.get('/schema.json')).toMatchObject({ title: 'teal.yaml' });
  });

  test('logs of both environments come as lines', async () => {
    const it = await servedApi();
    await promoted(it.teal, release());
    const lines = await collect(it.api.stream<{ text: string }>('/api/v1/services/shop/logs'));
    expect(lines.map(({ text }) => text).sort()).toEqual(['hello from blue', 'hello from green']);
    const green = await collect(it.api.stream('/api/v1/services/shop/logs?environment=green&follow=true'));
    expect(green).toEqual([{ colour: 'green', instance: 'shop-green-1', text: 'hello from green' }]);
  });

  test.skipIf(process.getuid?.() !== 0)('the socket may be shared with a group', async () => {
    const { root } = await temporaryHome();
    const group = await resolveGroup('daemon');
    const server = await serveApi(new Hono(), join(root, 'api.sock'), group);
    onTestFinished(() => server.close());
    const { mode, gid } = await stat(join(root, 'api.sock'));
    expect([mode & 0o777, gid]).toEqual([0o660, group]);
    await expect(resolveGroup('teal-no-such-group')).rejects.toMatchObject({ code: 'E_GROUP_UNKNOWN' });
  });

  test('the socket belongs to its owner alone', async () => {
    const it = await servedApi();
    expect((await stat(it.home.apiSocket)).mode & 0o777).toBe(0o600);
  });
});

describe('commands', () => {
  test('each verb reaches the rollout, by service or by rollout', async () => {
    const it = await servedApi();
    await atTheGate(it.teal, release(), release());
    const post = (path: string, body: unknown = {}) => it.api.post(`/api/v1/${path}`, body);
    expect(schema.commandAnswer.parse(await post('services/shop/pause', { actor: 'ada' }))).toMatchObject({
      rollout: 'shop-2',
    });
    expect(it.teal.view().state.rollout?.pause?.by).toBe('ada');
    await post('rollouts/shop-2/resume');
    expect(it.teal.view().state.rollout?.pause).toBeNull();
    await expect(post('rollouts/shop-1/abort')).rejects.toMatchObject({ code: 'E_ROLLOUT_ENDED' });
    await expect(post('rollouts/shop-9/abort')).rejects.toMatchObject({ code: 'E_ROLLOUT_UNKNOWN' });
    await post('rollouts/shop-2/abort');
    await it.teal.until('the end', ({ state }) => state.last?.outcome === 'aborted');
  });

  test('rollback after a promotion goes to the last good release', async () => {
    const it = await servedApi();
    const [first, second] = [release({ strategy: BLUE_GREEN }), release({ strategy: BLUE_GREEN })];
    await promoted(it.teal, first);
    await promoted(it.teal, second);
    await expect(it.api.post('/api/v1/services/shop/rollback', { to: 'nothing' })).rejects.toMatchObject({
      code: 'E_RELEASE_UNKNOWN',
    });
    await it.api.post('/api/v1/services/shop/rollback', { yes: true });
    const { state } = await it.teal.until('the end', (view) => view.state.last?.kind === 'rollback');
    expect(state.last).toMatchObject({ release: first.id, outcome: 'promoted' });
  });
});

const BLUE_GREEN = {
  kind: 'blue-green',
  approve: null,
  identify: { kind: 'auto' },
  always: null,
} as const;

describe('deploying', () => {
  test('tells how the release is made, line by line, and then the rollout', async () => {
    const it = await servedApi({
      async deploy(order, { onProgress, onOutput }) {
        onProgress('reading', order.file!);
        onOutput('added 3 packages');
        return { rollout: 'shop-1', release: 'r1', note: `by ${order.actor}` };
      },
    });
    const body = { file: '/srv/teal.yaml', actor: 'ada' };
    const lines = await collect(it.api.stream('/api/v1/services/shop/rollouts', { body }));
    for (const line of lines) schema.deployProgress.parse(line);
    expect(lines).toEqual([
      { progress: 'reading', detail: '/srv/teal.yaml' },
      { output: 'added 3 packages' },
      { rollout: 'shop-1', release: 'r1', note: 'by ada' },
    ]);
    expect(await it.api.post('/api/v1/services/shop/rollouts', body)).toEqual(lines[2]);
  });

  test('an error in the middle ends the lines and reaches the caller as itself', async () => {
    const it = await servedApi({
      async deploy(_order, { onProgress }) {
        onProgress('building', 'npm ci');
        throw new TealError('E_BUILD_FAILED', 'The build failed', { fix: 'Repair it.', exitCode: 2 });
      },
    });
    const seen: unknown[] = [];
    const reading = async () => {
      for await (const line of it.api.stream('/api/v1/services/shop/rollouts', { body: {} })) seen.push(line);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'E_BUILD_FAILED', fix: 'Repair it.', exitCode: 2 });
    expect(seen).toHaveLength(1);
    const direct = await raw(it, 'POST', '/api/v1/services/shop/rollouts', '{}');
    expect(direct.status).toBe(422);
  });
});

describe('refusals', () => {
  test.each<[string, string, string | undefined, number, string | RegExp, Record<string, string>?]>([
    ['GET', '/api/v1/services/nothing', undefined, 404, 'E_SERVICE_UNKNOWN'],
    ['GET', '/api/v1/rollouts/nothing-1', undefined, 404, 'E_ROLLOUT_UNKNOWN'],
    ['GET', '/nowhere', undefined, 404, 'E_API_NOT_FOUND'],
    ['GET', '/events', undefined, 400, 'E_API_INPUT', { 'last-event-id': 'yesterday' }],
    ['POST', '/api/v1/services/shop/pause', '{', 400, 'E_API_INPUT'],
    ['POST', '/api/v1/services/shop/pause', '{"yse":true}', 400, 'E_API_INPUT'],
    ['POST', '/api/v1/services/shop/rollouts', 'x'.repeat(100_000), 413, 'E_API_TOO_LARGE'],
    ['POST', '/api/v1/services/shop/approve', '{}', 409, /^E_/],
  ])('%s %s %s', async (method, path, body, status, code, headers = {}) => {
    const it = await servedApi();
    await promoted(it.teal, release());
    const answer = await raw(it, method, path, body, headers);
    expect(answer.status, answer.body).toBe(status);
    expect(schema.problem.parse(JSON.parse(answer.body)).code).toMatch(code);
  });

  test('what is unexpected is told without its inside', async () => {
    const it = await servedApi();
    const answer = await raw(it, 'POST', '/api/v1/services/shop/rollouts', '{}');
    expect(answer.status).toBe(500);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'E_INTERNAL', fix: expect.any(String) });
    expect(answer.body).not.toContain('.ts:');
  });
});

describe('description', () => {
  test('every route is in the OpenAPI document, with resolvable references and unique ids', () => {
    const document = openApi(ROUTES, '1.2.3') as {
      paths: Record<string, Record<string, { operationId: string }>>;
      components: { schemas: object };
    };
    for (const { path, method, id } of ROUTES) expect(document.paths[path]?.[method]?.operationId).toBe(id);
    const ids = Object.values(document.paths).flatMap((item) =>
      Object.values(item).map((op) => op.operationId),
    );
    expect(new Set(ids).size).toBe(ROUTES.length);
    for (const [, name] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g))
      expect(document.components.schemas).toHaveProperty(name!);
  });

  test('the document is valid OpenAPI 3.1', async () => {
    const document = JSON.parse(JSON.stringify(openApi(ROUTES, '1.2.3')));
    const validator = new Validator();
    expect(await validator.validate(document)).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  test('docs/api.md names every route', async () => {
    const text = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8');
    for (const { method, path } of ROUTES) expect(text).toContain(`${method.toUpperCase()} ${path}`);
  });
});

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of source) values.push(value);
  return values;
}

function raw(
  { home }: ServedApi,
  method: string,
  path: string,
  body?: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const req = request({ socketPath: home.apiSocket, method, path, headers, agent: false }, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      res.on('end', () => resolve({ status: res.statusCode ?? 0, body: text }));
    });
    req.on('error', reject).end(body);
  });
}
