/** teal.yaml: reading it, what it means, what is wrong with it. */
export { renderSchemaFile, specJsonSchema } from './json-schema.ts';
export { loadSpecFile, SPEC_FILE_NAMES, type SpecFile } from './load.ts';
export { withStrategy } from './normalise/normalise.ts';
export { parseSpec, readSpec, type SpecReading, specErrors } from './parse.ts';
export { listenConflict } from './problems/conflicts-between.ts';
export type { SpecCode, SpecError } from './problems/problem.ts';
export { renderSpecErrors } from './problems/render-errors.ts';
export { describeEnv, resolveEnv } from './secrets.ts';
export * from './units.ts';
