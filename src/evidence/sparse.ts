/**
 * A service with so few clients that a comparison takes hours: what its past allows speaks as well. Where half of the clients are the
 * candidate's, ten in a row must fail before chance is no explanation; against a past in which nearly nobody failed, three. Alone that
 * would take a bad day for a bad release, so the comparison must lean to harm too.
 */
import type { ServiceSpec } from '../core/service/service-spec.ts';
import type { MetricVerdict } from '../core/world.ts';
import { type ExplainNames, explainHistory, type HistoryState, historyTest } from '../judge/index.ts';
import type { ArmCounts } from '../metrics/block.ts';

/** Clients of the last day, and how many were hurt. */
interface Day {
  readonly n: number;
  readonly bad: number;
}

/** Plain data that survives JSON. */
export interface SparseRecord {
  readonly past: Day;
  readonly state: HistoryState;
}

/** Clients of a day below which a service is sparse, one in five seconds: steps below half of the clients are left out there. */
const SPARSE = 17_280;
/** Chance that the past speaks against a release that is as good as it. */
const ALPHA = 0.001;

const testOf = ({ judge }: ServiceSpec, past: Day) =>
  historyTest({
    floor: judge.errors.floor,
    pastClients: past.n,
    pastBad: Math.min(past.n, past.bad),
    alphaBake: ALPHA,
    // The fewer clients there were, the more is allowed; a guess at what fails ordinarily is no ground to take a release back.
    enough: 1,
  });

/** Clients a second at their peak above which a short past is that of a busy service which is new: ten in ten seconds. */
const BUSY = 1;

/** Begins beside a comparison; null: there are clients enough, or no past at all. `peak`: clients a second. */
export function startSparse(spec: ServiceSpec, past: Day, peak: number): SparseRecord | null {
  if (past.n === 0 || past.n >= SPARSE || peak > BUSY) return null;
  return { past, state: testOf(spec, past).initial() };
}

/** What the candidate did in one block. */
export function recordSparse(
  record: SparseRecord,
  spec: ServiceSpec,
  at: number,
  candidate: ArmCounts,
): SparseRecord {
  return { ...record, state: testOf(spec, record.past).observe(record.state, { at, ...candidate }) };
}

/** The verdict of errors, with what the past says where both lean the same way. */
export function withPast(
  verdict: MetricVerdict,
  record: SparseRecord,
  spec: ServiceSpec,
  names: ExplainNames,
): MetricVerdict {
  if (verdict.verdict === 'harm' || verdict.e.harm < 1) return verdict;
  const found = testOf(spec, record.past).alarm(record.state);
  if (!found.alarm) return verdict;
  const { n, bad } = verdict.stable;
  const beside = `, and meanwhile ${bad} of ${n} of ${names.stable} were hurt`;
  const explanation = explainHistory('errors', found, names) + beside;
  return { ...verdict, verdict: 'harm', leaningSafe: false, explanation };
}
