import type { LoadCheckSpec } from '../../core/service/check-spec.ts';
import { type Attempt, type Finding, failed, urlOf } from '../finding.ts';
import { duration } from '../words.ts';
import { generateApart } from './apart.ts';
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
  const order = stretches.map((segment) => ({ segment, url: urls[segment.arm]! }));
  let figures: readonly LoadStatistics[];
  try {
    figures = await generateApart({ spec, stretches: order }, limit.signal);
  } catch (error) {
    if (limit.signal.aborted) return failed(`The load ${limit.why()}`);
    throw error;
  }
  const of = (arm: Arm) => figures.filter((_, index) => stretches[index]!.arm === arm);
  const candidate = merged(of('candidate'));
  const stable = of('stable').length === 0 ? null : merged(of('stable'));
  const judgement = judge(spec, candidate, stable);
  const arms = stable === null ? { candidate } : { candidate, stable };
  const { outcome, summary } = judgement;
  return { outcome, summary, evidence: report(spec, stretches, arms, judgement) };
}
