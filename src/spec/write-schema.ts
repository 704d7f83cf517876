/** `node src/spec/write-schema.ts` writes schema.json anew; a test says when that is due. */
import { writeFileSync } from 'node:fs';
import { renderSchemaFile } from './json-schema.ts';

writeFileSync(new URL('../../schema.json', import.meta.url), renderSchemaFile());
