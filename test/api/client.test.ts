import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { apiClient } from '../../src/api/client.ts';
import type { EventStatus } from '../../src/api/schema.ts';
import { promoted } from '../daemon/support/controlled.ts';
import { release } from '../daemon/support/release.ts';
import { temporaryHome } from '../support/temporary-home.ts';
import { waitFor } from '../support/wait-for.ts';
import { type ServedApi, servedApi } from './support.ts';

test('without a daemon every call says so, with exit code 6 and what to do', async () => {
  const api = apiClient(await temporaryHome());
  const away = { code: 'E_DAEMON_UNREACHABLE', exitCode: 6, fix: expect.stringContaining('teal up') };
  await expect(api.get('/healthz')).rejects.toMatchObject(away);
  await expect(api.post('/api/v1/services/shop/pause')).rejects.toMatchObject(away);
  await expect(api.stream('/x').next()).rejects.toMatchObject(away);
  const { signal } = new AbortController();
  await expect(api.events({ signal }).next()).rejects.toMatchObject(away);
});

test('a refusal comes as the error that the daemon threw', async () => {
  const it = await servedApi();
  await expect(it.api.get('/api/v1/services/shop')).rejects.toMatchObject({
    name: 'TealError',
    code: 'E_SERVICE_UNKNOWN',
    exitCode: 2,
  });
});

/** Follows the events until the signal aborts. */
function follow(it: ServedApi, options: { readonly service?: string; readonly after?: number } = {}) {
  const stop = new AbortController();
  const seen: EventStatus[] = [];
  const done = (async () => {
    for await (const event of it.api.events({ signal: stop.signal, ...options })) seen.push(event);
  })();
  return {
    seen,
    async stop() {
      stop.abort();
      await done;
    },
  };
}

test('events come in order, from the beginning where asked for, of one service where asked for', async () => {
  const it = await servedApi();
  await promoted(it.teal, release());
  const all = follow(it, { after: 0 });
  const other = follow(it, { after: 0, service: 'mail' });
  const head = it.teal.journal.head();
  await waitFor(() => all.seen.at(-1)?.id === head);
  expect(all.seen.map(({ id }) => id)).toEqual(Array.from({ length: head }, (_, index) => index + 1));
  await all.stop();
  await other.stop();
  expect(other.seen).toEqual([]);
});

test('a stream that breaks off is taken up again without losing or repeating an event', async () => {
  const it = await servedApi();
  await promoted(it.teal, release());
  const events = follow(it, { after: 0 });
  await waitFor(() => events.seen.length === it.teal.journal.head());
  await it.stop();
  await it.teal.deploy(release());
  await it.teal.until('the gate', ({ routing }) => routing?.split?.green === 1_000);
  await it.start();
  await waitFor(() => events.seen.length === it.teal.journal.head());
  const ids = events.seen.map(({ id }) => id);
  expect(ids).toEqual(ids.map((_, index) => index + 1));
  await events.stop();
});

test('a reader that has seen no event yet misses none while the daemon is away', async () => {
  const it = await servedApi();
  await promoted(it.teal, release());
  const head = it.teal.journal.head();
  const events = follow(it);
  // Nothing tells from outside that the stream is open but an event that comes through it.
  await waitFor(async () => {
    await it.teal.controller.record('shop', [{ type: 'note', text: 'open?', at: 1, actor: 'test' }]);
    return events.seen.length > 0;
  });
  await it.stop();
  await it.teal.controller.record('shop', [{ type: 'note', text: 'meanwhile', at: 1, actor: 'test' }]);
  await it.start();
  await waitFor(() => events.seen.some(({ text }) => text === 'meanwhile'));
  expect(events.seen[0]!.id).toBeGreaterThan(head);
  await events.stop();
});

test('loads neither a validator nor a web framework', async () => {
  const client = fileURLToPath(new URL('../../src/api/client.ts', import.meta.url));
  const script = `
    import { registerHooks } from 'node:module';
    const seen = [];
    registerHooks({ load(url, context, next) { seen.push(url); return next(url, context); } });
    await import(${JSON.stringify(client)});
    console.log(seen.filter((url) => url.includes('node_modules')).join());`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  expect(stdout.trim()).toBe('');
});
