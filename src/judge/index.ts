/** `teal/judge`: sequential tests for releases. Pure: no I/O, no clock, no chance; states are plain data. */
export { type ExplainNames, explain } from './explain.ts';
export {
  type HistoryAlarm,
  type HistoryBlock,
  type HistoryOptions,
  type HistoryState,
  type HistoryTest,
  historyTest,
} from './history.ts';
export { type Counts, JudgeInputError } from './input.ts';
export { UNBOUNDED } from './logs.ts';
export {
  type RateBlock,
  type RateOptions,
  type RateState,
  type RateTest,
  type RateVerdict,
  rateTest,
} from './rates.ts';
