import { expect, it } from 'vitest';
import { RecentTexts } from '../../../src/routers/embedded/fast/recent-texts.ts';

it('gives the text of the bytes, whatever texts came before', () => {
  const texts = new RecentTexts();
  // More texts than there are places, several times over: of all lengths, with bytes above 127.
  for (let i = 0; i < 20_000; i += 1) {
    const number = (i * 7_919) % 5_000;
    const text = `${'é/'.repeat(number % 40)}${number}`;
    const bytes = Buffer.from(`<${text}>`, 'latin1');
    expect(texts.of(bytes, 1, bytes.length - 1)).toBe(text);
  }
  expect(texts.of(Buffer.from('any'), 1, 1)).toBe('');
});

it('tells texts apart that differ in one byte or in their length', () => {
  const texts = new RecentTexts();
  for (let round = 0; round < 3; round += 1) {
    for (const text of ['shop.test', 'shop.tesu', 'shop.tes', 'shop.test.', 'Shop.test', '\0shop.test']) {
      const bytes = Buffer.from(text, 'latin1');
      expect(texts.of(bytes, 0, bytes.length)).toBe(text);
    }
  }
});
