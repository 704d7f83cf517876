import { z } from 'zod';
import { severalServices, singleService } from './schema/service.ts';

const file = z.union([singleService, severalServices]);

/** JSON Schema (2020-12) of a teal.yaml as it is written, with descriptions, defaults and examples for editors. */
export function specJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(file, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      // zod leaves these out for schemas that transform; here they are written as the file is.
      const { default: fallback, examples } = z.globalRegistry.get(zodSchema) ?? {};
      if (fallback !== undefined) jsonSchema.default = fallback as typeof jsonSchema.default;
      if (Array.isArray(examples)) jsonSchema.examples = examples;
      delete jsonSchema.id;
    },
  });
  const { $schema, ...rest } = schema;
  return { $schema, title: 'teal.yaml', description: 'What Teal releases, and how.', ...rest };
}

/** The content of schema.json. */
export function renderSchemaFile(): string {
  return `${JSON.stringify(specJsonSchema(), null, 2)}\n`;
}
