import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { createMemo } from '../../../src/routers/embedded/clients/memo.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

it('computes once for each text, and anew what was long or long ago', () => {
  const computed: string[] = [];
  const memo = createMemo((text) => {
    computed.push(text);
    return text.length;
  });
  for (const text of ['', 'one', 'zwölf ⑫', 'one', '', 'zwölf ⑫']) expect(memo(text)).toBe(text.length);
  expect(computed).toEqual(['', 'one', 'zwölf ⑫']);
  const long = 'x'.repeat(1_000);
  for (let i = 0; i < 2; i += 1) expect(memo(long)).toBe(1_000);
  expect(computed.length).toBe(5);
  for (let i = 0; i < 5_000; i += 1) memo(`other ${i}`);
  memo('one');
  expect(computed.at(-1)).toBe('one');
});

it('keeps nothing of what its texts were cut out of', () => {
  const memo = createMemo((text) => text.slice(0, 20));
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 2_000; i += 1) {
    const header = Buffer.alloc(16_000, 'x').toString('latin1');
    memo(`${header}; id=${i}.xxxxxxxxxxxxxxxxxxxxxxxx`.slice(header.length + 2));
  }
  collect();
  // Of 32 MB.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(4_000_000);
  expect(memo('kept until here by this call')).toBe('kept until here by t');
});
