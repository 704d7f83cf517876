import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { localClient, serveLocal } from '../../src/system/local-rpc.ts';
import { temporaryHome } from '../support/temporary-home.ts';

test('who is answered by a server that is closed already comes to the one that has its place', async () => {
  const { root } = await temporaryHome();
  const path = join(root, 'control.sock');
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const first = await serveLocal(path, {
    who: () => 'first',
    async wait() {
      asked.resolve();
      await answer.promise;
      return 'first';
    },
  });
  const client = localClient(path, 'the server');
  onTestFinished(() => client.close());
  expect(await client.call('who')).toBe('first');
  const waiting = client.call('wait');
  await asked.promise;
  const second = await serveLocal(path, { who: () => 'second' });
  onTestFinished(() => {
    second.closeAllConnections();
    second.close();
  });
  first.close();
  answer.resolve();
  expect(await waiting).toBe('first');
  expect(await client.call('who')).toBe('second');
});

test('a caller whose kept connections were all closed at once comes to whoever serves now', async () => {
  const { root } = await temporaryHome();
  const path = join(root, 'control.sock');
  const all = Promise.withResolvers<void>();
  let calls = 0;
  const first = await serveLocal(path, {
    async together() {
      calls += 1;
      if (calls === 4) all.resolve();
      await all.promise;
      return 'first';
    },
  });
  const client = localClient(path, 'the server');
  onTestFinished(() => client.close());
  // Four connections, which are kept.
  await Promise.all([1, 2, 3, 4].map(() => client.call('together')));
  const second = await serveLocal(path, { who: () => 'second' });
  onTestFinished(() => {
    second.closeAllConnections();
    second.close();
  });
  // The caller has not heard of it when it asks.
  first.close();
  first.closeAllConnections();
  expect(await client.call('who')).toBe('second');
});
