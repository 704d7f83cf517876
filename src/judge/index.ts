/** `teal/judge`: sequential tests for releases. Pure: no I/O, no clock, no chance; states are plain data. */

export { type CombinedVerdict, combineVerdicts, type NamedVerdict, weightedMeanLogE } from './combine.ts';
export { type ExplainNames, explain, explainHistory, explainUnknown } from './explain/explain.ts';
export { clientsUntilSafe } from './explain/outlook.ts';
export type { Unit } from './explain/words.ts';
export { BUCKETS, bucketOf, quantile, upperEdge } from './histogram.ts';
export {
  type ChangeBlock,
  type ChangeDetector,
  type ChangeState,
  changeDetector,
  cusumStep,
  shiryaevRobertsStep,
} from './history/change-detection.ts';
export {
  type HistoryAlarm,
  type HistoryBlock,
  type HistoryOptions,
  type HistoryState,
  type HistoryTest,
  historyTest,
} from './history/history.ts';
export {
  addSwing,
  addSwings,
  CALM,
  NO_SWINGS,
  type Ordinary,
  ordinaryOf,
  type Swings,
  totalOf,
} from './history/swings.ts';
export { type BlockCounts, type Counts, JudgeInputError } from './input.ts';
export {
  type CutPoint,
  type CutPointSources,
  type CutPoints,
  cutPoints,
  edgeAtOrAbove,
  slowCount,
} from './latency/cut-points.ts';
export {
  type LatencyBlock,
  type LatencyOptions,
  type LatencyState,
  type LatencyTest,
  type LatencyVerdict,
  latencyTest,
} from './latency/latency.ts';
export { type ArmLatency, checkLatency, countSlow, type Latencies } from './latency/slow-counts.ts';
export { UNBOUNDED } from './logs.ts';
export type { Line, Values } from './means/assigned-bets.ts';
export {
  type MeanBoundOptions,
  type MeanBoundState,
  type MeanBoundTest,
  type MeanBoundVerdict,
  meanBoundTest,
} from './means/bound.ts';
export {
  type ArmMean,
  badness,
  type DifferenceBlock,
  type DifferenceOptions,
  type DifferenceState,
  type DifferenceTest,
  type DifferenceVerdict,
  differenceTest,
} from './means/difference.ts';
export {
  type BudgetInput,
  budgetWeight,
  type ExcessState,
  emptyExcess,
  excessUpper,
  observeExcess,
} from './pacing/harm-budget.ts';
export { PACE_DEFAULTS, type PaceOptions, type PaceStep } from './pacing/options.ts';
export { pacer } from './pacing/pacer.ts';
export { LEANING_CLIENTS, type PaceInput, type PaceRuling, PRECAUTION, paceRule } from './pacing/rule.ts';
export { ENOUGH_CLIENTS } from './pacing/steps.ts';
export type {
  Pace,
  PaceAction,
  PaceEvidence,
  PaceFigures,
  PaceFinding,
  Pacer,
  PaceState,
} from './pacing/types.ts';
export { clients, excess, explainPace } from './pacing/words.ts';
export { emptyLikelihood } from './rates/interval.ts';
export { leanCounts, leansSafe } from './rates/lean.ts';
export { conditionalLimit, type Limit, type LimitInput } from './rates/limit.ts';
export type { RateBlock, RateOptions, RateState, RateTest, RateVerdict } from './rates/rate-types.ts';
export { RATE_DEFAULTS, rateTest } from './rates/rates.ts';
export type { Exposure } from './rates/ratio-grid.ts';
export { type Strata, strataOf } from './rates/strata.ts';
export {
  SAMPLE_RATIO_DEFAULTS,
  type SampleRatioAlarm,
  type SampleRatioBlock,
  type SampleRatioOptions,
  type SampleRatioState,
  type SampleRatioTest,
  sampleRatioTest,
} from './sample-ratio.ts';
export { createJudgeStream, JudgeLineError, type JudgeStream, type JudgeStreamOptions } from './stream.ts';
