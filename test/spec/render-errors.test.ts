import { expect, test } from 'vitest';
import { renderSpecErrors, specErrors } from '../../src/spec/index.ts';

const rendered = (text: string) => renderSpecErrors(specErrors(text, 'teal.yaml'), text);

test('place, line, caret and suggestion', () => {
  expect(rendered('service: shop\nrun: ./shop\nredy: GET /\n')).toBe(
    [
      'teal.yaml:3:1: there is no key `redy` here [E_SPEC_UNKNOWN_KEY]',
      '  3 | redy: GET /',
      '    | ^',
      '  Did you mean `ready`?',
    ].join('\n'),
  );
});

test('the caret keeps tabs and is two columns further after each wide character', () => {
  const lines = rendered('service: shop\nrun: ./shop\nenv: {\tA: "你好👍🏽é",\t1X: y }\n').split('\n');
  expect(lines[1]).toBe('  3 | env: {\tA: "你好👍🏽é",\t1X: y }');
  expect(lines[2]).toBe(`    | ${' '.repeat(6)}\t${' '.repeat(13)}\t^`);
});

test('control characters of the file do not reach the terminal', () => {
  const out = rendered('service: shop\nrun: ./shop\nredy: "\u009b31m\u202e"\n');
  expect(out).not.toMatch(/[\u009b\u202e]/);
});

test('several errors are apart by an empty line, line numbers may be long', () => {
  const text = `service: shop\nrun: ./shop\n${'#\n'.repeat(10)}dwell: 5\nkeep: 6\n`;
  expect(rendered(text).split('\n\n')).toHaveLength(2);
  expect(rendered(text)).toContain('  13 | dwell: 5\n     |        ^');
});
