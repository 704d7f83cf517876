import type { LoadCheckSpec } from '../../core/service-spec.ts';
import { type Attempt, type Finding, failed, urlOf } from '../finding.ts';
import { duration } from '../words.ts';
import { generate } from './generate.ts';
import { judge } from './judgement.ts';
import { report } from './report.ts';
import { type Arm, lengthOf, segments } from './schedule.ts';
import { type LoadStatistics, merged } from './statistics.ts';

/** Sends the load, to stable too where it is to be compared, and holds the figures against the limits. */
export async function loadCheck(spec: LoadCheckSpec, { target, limit }: Attempt): Promise<Finding> {
  const urls: Record<Arm, string | null> = { candidate: urlOf(target), stable: target.stableUrl };
  const stretches = segments(spec, spec.thanStable !== null && urls.stable !== null);
  const needed = lengthOf(stretches);
  if (needed > limit.left()) {
    return failed(
      `It needs ${duration(needed)} and has ${duration(limit.left())}`,
      `The load takes ${duration(needed)} (${stretches.map((one) => one.arm).join(', ')}). Make \`within\` larger, or \`for\` smaller.`,
    );
  }
  const measured: Record<Arm, LoadStatistics[]> = { candidate: [], stable: [] };
  for (const stretch of stretches) {
    try {
      measured[stretch.arm].push(await generate(spec, urls[stretch.arm]!, stretch, limit.signal));
    } catch (error) {
      if (limit.signal.aborted) return failed(`The load ${limit.why()}`);
      throw error;
    }
  }
  const candidate = merged(measured.candidate);
  const stable = measured.stable.length === 0 ? null : merged(measured.stable);
  const judgement = judge(spec, candidate, stable);
  const arms = stable === null ? { candidate } : { candidate, stable };
  const { outcome, summary } = judgement;
  return { outcome, summary, evidence: report(spec, stretches, arms, judgement) };
}
