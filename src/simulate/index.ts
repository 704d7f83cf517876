/** Whole rollouts in a simulated world: pure; seeds come in as arguments. */
export type { Unrest } from './climate.ts';
export type { Traffic } from './crowd.ts';
export { type Expectation, expectationOf } from './expectation.ts';
export { failing, HEALTHY, type Regression } from './regression.ts';
export * from './rivals/index.ts';
export {
  HORIZON,
  type RolloutOptions,
  type SimulatedRollout,
  type SimulatedStep,
  simulateRollout,
} from './rollout.ts';
export type { LatencyModel } from './stopwatch.ts';
export { type Finding, type StudyOptions, study } from './study.ts';
export { type Finished, quantileOf, type Spread, type Summary, summarise } from './summary.ts';
