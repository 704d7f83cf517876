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
