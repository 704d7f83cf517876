import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readSpec, renderSpecErrors } from '../../src/spec/index.ts';
import { specJsonSchema } from '../../src/spec/json-schema.ts';

const right = join(import.meta.dirname, 'right');
const files = ['simple.yaml', 'worker.yaml', 'several.yaml', 'all-keys.yaml'];
const whole = await readFile(join(right, 'all-keys.yaml'), 'utf8');

/** Text with pieces cut out, doubled or replaced by others that mean something in YAML. */
const damaged = fc
  .array(
    fc.record({
      at: fc.nat({ max: whole.length }),
      cut: fc.nat({ max: 30 }),
      insert: fc.constantFrom(
        '',
        '\n',
        '\t',
        ' ',
        ':',
        '-',
        '{',
        ']',
        '"',
        '&a ',
        '*a',
        '<<: ',
        '!!map ',
        '5',
        'é',
        '- ',
        '#',
        '|',
        '~',
      ),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((edits) =>
    edits.reduce((text, { at, cut, insert }) => text.slice(0, at) + insert + text.slice(at + cut), whole),
  );

test('whatever the file says, reading ends with services or with errors at places that exist', () => {
  fc.assert(
    fc.property(damaged, (text) => {
      const { services, errors } = readSpec(text, '/teal.yaml');
      expect(services.length + errors.length).toBeGreaterThan(0);
      const lines = text.split('\n');
      for (const { line, column } of errors) {
        expect(line).toBeLessThanOrEqual(lines.length);
        expect(column).toBeLessThanOrEqual(lines[line - 1]!.length + 1);
      }
      expect(renderSpecErrors(errors, text).split('\n\n').length).toBeGreaterThanOrEqual(
        Math.min(1, errors.length),
      );
    }),
    { numRuns: 300 },
  );
});

test.each(files)('schema.json accepts %s', async (name) => {
  const schema = z.fromJSONSchema(specJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
  const data: unknown = parse(await readFile(join(right, name), 'utf8'), { merge: true });
  expect(schema.safeParse(data).error?.issues ?? []).toEqual([]);
});

test.each([
  ['an unknown key', { service: 'a', run: 'x', redy: 'GET /' }],
  ['no run', { service: 'a' }],
  ['a duration without unit', { service: 'a', run: 'x', dwell: 5 }],
  ['a check of no kind', { service: 'a', run: 'x', checks: [{ name: 'x' }] }],
])('schema.json refuses %s', (_, data) => {
  const schema = z.fromJSONSchema(specJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
  expect(schema.safeParse(data).success).toBe(false);
});
