import { expect, test } from 'vitest';
import type { Journal, StoredEvent } from '../../src/core/ports.ts';
import { note } from './note.ts';

const texts = (events: readonly StoredEvent[]) =>
  events.map(({ event }) => (event.type === 'note' ? event.text : event.type));

/**
 * What every journal keeps. `open` opens the same memory again each time it is called within a test, folded with
 * `countingFold`, with a snapshot every 5 events; it closes what it opened when the test is over.
 */
export function journalContract(make: () => Promise<() => Journal>): void {
  test('an unknown service is in its initial state', async () => {
    const journal = (await make())();
    expect(journal.load('shop')).toMatchObject({ service: 'shop', version: 0 });
    expect(journal.services()).toEqual([]);
    expect(journal.head()).toBe(0);
  });

  test('what was appended is there after opening again, folded in order', async () => {
    const open = await make();
    const first = open();
    expect(first.append('shop', 0, null, [note('a'), note('b')])).toBe(2);
    first.close();
    const second = open();
    expect(second.load('shop').handled).toEqual(['a', 'b']);
    expect(second.append('shop', 2, null, [note('c')])).toBe(3);
    expect(second.load('shop').handled).toEqual(['a', 'b', 'c']);
    expect(second.services()).toEqual(['shop']);
  });

  test('snapshots change nothing, wherever they fall', async () => {
    const open = await make();
    const expected: string[] = [];
    for (let version = 0; version < 23; version += 1) {
      const journal = open();
      expect(journal.load('shop').handled).toEqual(expected);
      journal.append('shop', version, null, [note(String(version))]);
      expected.push(String(version));
      journal.close();
    }
    const journal = open();
    journal.append(
      'shop',
      23,
      null,
      Array.from({ length: 12 }, (_, index) => note(`more ${index}`)),
    );
    journal.close();
    expect(open().load('shop').version).toBe(35);
  });

  test('an append that expects another version changes nothing', async () => {
    const journal = (await make())();
    journal.append('shop', 0, null, [note('a')]);
    const conflict = () => journal.append('shop', 0, null, [note('b'), note('c')]);
    expect(conflict).toThrow(expect.objectContaining({ code: 'E_JOURNAL_CONFLICT' }));
    expect(texts(journal.read('shop', 0, 10))).toEqual(['a']);
    expect(journal.load('shop').version).toBe(1);
  });

  test('services are independent and share one numbering of events', async () => {
    const journal = (await make())();
    journal.append('shop', 0, null, [note('a')]);
    journal.append('mail', 0, 'mail-1', [note('b')]);
    journal.append('shop', 1, 'shop-1', [note('c')]);
    expect(texts(journal.read(null, 0, 10))).toEqual(['a', 'b', 'c']);
    expect(texts(journal.read('shop', 0, 10))).toEqual(['a', 'c']);
    const [first] = journal.read(null, 0, 1);
    expect(texts(journal.read(null, first!.id, 10))).toEqual(['b', 'c']);
    expect(texts(journal.readRollout('shop-1'))).toEqual(['c']);
    expect(journal.head()).toBe(journal.read('shop', 0, 10)[1]?.id);
  });

  test('listeners hear of each append with the numbers it got, until they leave', async () => {
    const journal = (await make())();
    const heard: StoredEvent[] = [];
    const leave = journal.onAppend((events) => void heard.push(...events));
    journal.append('shop', 0, 'shop-1', [note('a'), note('b')]);
    leave();
    journal.append('shop', 2, null, [note('c')]);
    expect(heard).toEqual(journal.read('shop', 0, 2));
  });

  test('evidence is kept by rollout, with its block and its past, together', async () => {
    const open = await make();
    const journal = open();
    expect(journal.loadEvidence('shop', 'shop-1')).toBeNull();
    const minute = 60_000;
    journal.saveEvidence('shop', 'shop-1', 7, '{"a":1}', [
      { metric: 'errors', at: 10 * minute, n: 5, bad: 1 },
      { metric: 'errors', at: 11 * minute + 3, n: 6, bad: 0 },
    ]);
    journal.saveEvidence('shop', 'shop-1', 9, '{"a":2}', [
      { metric: 'errors', at: 11 * minute, n: 2, bad: 2 },
    ]);
    journal.close();
    const again = open();
    expect(again.loadEvidence('shop', 'shop-1')).toEqual({ block: 9, state: '{"a":2}' });
    expect(again.loadEvidence('shop', 'shop-2')).toBeNull();
    expect(again.readHistory('shop', 'errors', 0)).toEqual({ n: 13, bad: 3 });
    expect(again.readHistory('shop', 'errors', 11 * minute)).toEqual({ n: 8, bad: 2 });
    expect(again.readHistory('mail', 'errors', 0)).toEqual({ n: 0, bad: 0 });
  });
}
