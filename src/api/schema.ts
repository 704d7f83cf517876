/**
 * What the API says and takes: one source for validation, OpenAPI and the types of the command line. Everything that
 * only needs the types imports them with `import type`, so that zod is not loaded.
 */
export * from './schema/answer.ts';
export * from './schema/environment.ts';
export * from './schema/record.ts';
export * from './schema/request.ts';
export * from './schema/rollout.ts';
export * from './schema/service.ts';
export * from './schema/values.ts';
