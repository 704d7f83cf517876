import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { specErrors } from '../../src/spec/index.ts';
import { renderSchemaFile, specJsonSchema } from '../../src/spec/json-schema.ts';

const root = join(import.meta.dirname, '..', '..');

test('schema.json is current (node src/spec/write-schema.ts)', async () => {
  expect(await readFile(join(root, 'schema.json'), 'utf8')).toBe(renderSchemaFile());
});

test('every key has a description for editors, in itself or in what it refers to', () => {
  const { properties, definitions } = serviceSchema();
  for (const [key, property] of Object.entries(properties)) {
    const referred = property.$ref ? definitions[property.$ref.replace('#/$defs/', '')] : property;
    expect(referred?.description, key).toEqual(expect.any(String));
  }
});

test('the reference explains every key, and its examples are valid', async () => {
  const reference = await readFile(join(root, 'docs', 'teal-yaml.md'), 'utf8');
  for (const key of Object.keys(serviceSchema().properties)) expect(reference).toContain(`\`${key}\``);
  const blocks = [...reference.matchAll(/```yaml\n(.*?)```/gs)].map(([, block]) => block!);
  expect(blocks.length).toBeGreaterThan(10);
  for (const block of blocks) {
    const whole = 'services' in (parse(block) as object) || block.startsWith('service:');
    const text = whole
      ? block
      : `service: shop\n${/^run:/m.test(block) ? '' : 'run: x\n'}${/^listen:/m.test(block) ? '' : 'listen: 80\n'}${block}`;
    expect(specErrors(text, '/teal.yaml'), block).toEqual([]);
  }
});

interface SchemaNode {
  readonly $ref?: string;
  readonly description?: string;
  readonly properties?: Record<string, SchemaNode>;
}

function serviceSchema() {
  const schema = specJsonSchema() as { anyOf: SchemaNode[]; $defs: Record<string, SchemaNode> };
  return { properties: schema.anyOf[0]!.properties!, definitions: schema.$defs };
}
