/** Whole rollouts in a simulated world: pure; seeds come in as arguments. */
export type { Traffic } from './crowd.ts';
export { failing, HEALTHY, type Regression } from './regression.ts';
export * from './rivals/index.ts';
export { HORIZON, type RolloutOptions, type SimulatedRollout, simulateRollout } from './rollout.ts';
export { type Finished, quantileOf, type Summary, summarise, type Times } from './summary.ts';
