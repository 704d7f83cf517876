import { logMeanExp, logSumExp } from '../logs.ts';
import type { Exposure } from '../rates/ratio-grid.ts';
import { logChoose } from './special.ts';

const BETS = Array.from({ length: 12 }, (_, i) => 0.02 * 45 ** (i / 11));

/**
 * ln E against "candidate's rate is at most rho times stable's" by betting on candidate's share of each block's errors:
 * bounded bets, so that noise of a whole block costs little. Blocks without errors say nothing.
 */
export function blockBetLogE(blocks: readonly Exposure[], rho: number): number {
  const logs = BETS.map(() => 0);
  for (const { n1, e1, n0, e0 } of blocks) {
    if (e1 + e0 === 0) continue;
    const excess = e1 / (e1 + e0) / ((n1 * rho) / (n1 * rho + n0)) - 1;
    BETS.forEach((bet, i) => {
      logs[i] = logs[i]! + Math.log1p(bet * excess);
    });
  }
  return logMeanExp(logs);
}

export interface ErrorTable {
  readonly canaryErrors: number;
  readonly canaryRequests: number;
  readonly baselineRequests: number;
  readonly totalErrors: number;
  readonly oddsRatio: number;
}

/** ln P(canaryErrors | both totals), Fisher's noncentral hypergeometric distribution. */
export function hypergeometricLogPmf(table: ErrorTable): number {
  const { canaryErrors, canaryRequests: n1, baselineRequests: n0, totalErrors } = table;
  const weight = (k: number) =>
    logChoose(n1, k) + logChoose(n0, totalErrors - k) + k * Math.log(table.oddsRatio);
  const [least, most] = [Math.max(0, totalErrors - n0), Math.min(totalErrors, n1)];
  const all = Array.from({ length: most - least + 1 }, (_, i) => weight(least + i));
  return weight(canaryErrors) - logSumExp(all);
}
