/** Blocks on a disk that is full for a while, which only root may make. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBlockStore } from '../../../src/routers/embedded/telemetry/block-store.ts';
import { createLogger } from '../../../src/system/log.ts';
import type { TemporaryHome } from '../../support/make-home.ts';
import { isWithoutMount, makeSmallHome } from '../../support/small-disk.ts';
import { knownBlock } from './known-block.ts';

const LOG = createLogger('test', 'silent');

describe.skipIf(isWithoutMount())('blocks on a full disk', () => {
  let home: TemporaryHome;
  beforeEach(async () => {
    home = await makeSmallHome(1);
  });
  afterEach(() => home.remove());

  it('are kept, and in the file again once there is room; until then nobody is told that they are', async () => {
    const path = join(home.root, 'telemetry.ndjson');
    const filler = join(home.root, 'filler');
    const store = await openBlockStore(path, LOG, 1);
    await store.add([knownBlock(1)]);
    await expect(writeFile(filler, Buffer.alloc(2 << 20))).rejects.toMatchObject({ code: 'ENOSPC' });
    // More than what is left of a page of the file, so that a part of it is written.
    await store.add(Array.from({ length: 40 }, (_, at) => knownBlock(at + 2)));
    await expect(store.written()).rejects.toMatchObject({ code: 'ENOSPC' });
    await rm(filler);
    await store.add([knownBlock(42)]);
    await store.written();
    expect((await readFile(path, 'utf8')).trimEnd().split('\n')).toHaveLength(42);
    const next = await openBlockStore(path, LOG, 1);
    expect(next.since(0)).toEqual(store.since(0));
    expect(next.since(0)).toHaveLength(42);
  });

  it('are in the file for who takes over, also where nothing comes after the failure', async () => {
    const path = join(home.root, 'telemetry.ndjson');
    const filler = join(home.root, 'filler');
    const store = await openBlockStore(path, LOG, 1);
    await expect(writeFile(filler, Buffer.alloc(2 << 20))).rejects.toMatchObject({ code: 'ENOSPC' });
    await store.add(Array.from({ length: 40 }, (_, at) => knownBlock(at + 1)));
    await rm(filler);
    await store.written();
    expect((await openBlockStore(path, LOG, 1)).since(0)).toHaveLength(40);
  });
});
