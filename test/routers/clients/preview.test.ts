import { describe, expect, it } from 'vitest';
import { previewOf } from '../../../src/routers/embedded/clients/preview.ts';
import { canary, routing } from '../support/routing.ts';

describe('preview header', () => {
  const table = canary(1, [], [], 100);
  it.each([
    ['open-sesame:candidate', 'green'],
    ['open-sesame:blue', 'blue'],
    ['open-sesame:green', 'green'],
    ['open-sesame:red', null],
    ['open-sesame', null],
    ['wrong:green', null],
    [':green', null],
  ])('%s reaches %s', (header, colour) => {
    expect(previewOf(header, table)).toBe(colour);
  });

  it('never opens with an empty secret, and means the idle environment where there is no candidate', () => {
    expect(previewOf(':green', routing(1, [], { previewSecret: '' }))).toBeNull();
    expect(previewOf('open-sesame:candidate', routing(1, []))).toBe('green');
  });
});
