/**
 * The library `teal`: the vocabulary, the pure core and the reading of teal.yaml, for those who build on them.
 * The judge is a library of its own: `teal/judge`.
 */
export * from './core/error.ts';
export * from './core/events.ts';
export * from './core/model.ts';
export * from './core/ports.ts';
export * from './core/service/service-spec.ts';
export * from './core/world.ts';
