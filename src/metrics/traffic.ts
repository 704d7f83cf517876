/** The router's telemetry of one rollout as evidence. Pure; the state is plain data that survives JSON. */
import type { Colour } from '../core/model.ts';
import type { TrafficBlock } from '../core/ports.ts';
import { type ArmCounts, type Arrivals, type EvidenceBlock, NOTHING } from './block.ts';
import { type Firsts, type LatencyReading, withFirsts } from './firsts.ts';
import { EMPTY_POOL, type Pool, type PoolChanges, poolAfter, poolIn, withBlock } from './pool.ts';

/** Length of a block of evidence, ms. */
const SECOND = 1_000;
/**
 * A second is closed when the router was asked this long after its end: by then it has cut its block. What comes later
 * all the same is not lost, it goes to the oldest second that is still open. Every client hurt meanwhile is hurt
 * unnoticed, so this is short.
 */
export const LATENESS = 300;

/** The clock has been set back where a reading is older than what was closed by more than this, ms. */
const SET_BACK = 2_000;

export interface TrafficFold {
  readonly service: string;
  readonly rollout: string;
  readonly candidate: Colour;
  /** Number of the last block that was folded; blocks up to it are ignored, so that reading twice counts once. */
  readonly block: number;
  /** Unix ms; every second that began before it is closed. */
  readonly closedUpTo: number;
  /** Unix ms by the clock of the last reading: what came before is folded. Absent in what an older Teal has kept: `closedUpTo`. */
  readonly seenUpTo?: number;
  /** Seconds not closed yet, by their beginning. */
  readonly open: Readonly<Record<string, OpenSecond>>;
  /** Distinct clients hurt by the candidate in this rollout. */
  readonly hurt: number;
  /** Clients who were fine in every closed second of the running epoch. Absent in what an older Teal has kept. */
  readonly pool?: Pool;
}

interface OpenSecond extends Readonly<Record<'stable' | 'candidate', ArmCounts>> {
  /** By the candidate's weight. Absent in what an older Teal has kept. */
  readonly arrivals?: readonly Omit<Arrivals, 'at'>[];
  readonly pool?: PoolChanges;
  readonly firsts?: readonly Firsts[];
}

export interface FoldedTraffic {
  readonly fold: TrafficFold;
  /** Blocks of the metric `errors` that are complete now, oldest first, seconds without clients left out. */
  readonly closed: readonly EvidenceBlock[];
  /** Of the seconds that are complete now, oldest first. */
  readonly arrivals: readonly Arrivals[];
  /** First requests in the seconds that are complete now, oldest first. */
  readonly latencies: readonly LatencyReading[];
}

/** `block`: number of the last block before the rollout, 0 if unknown; blocks of other rollouts are ignored anyway. */
export function startFold(service: string, rollout: string, candidate: Colour, block = 0): TrafficFold {
  return { service, rollout, candidate, block, closedUpTo: 0, open: {}, hurt: 0 };
}

/**
 * Folds what one reading of the router brought. `readAt` is the Unix ms at which that reading was *asked for*: it
 * held everything known then, so it is the watermark; without an answer from the router nothing closes.
 */
export function foldTraffic(
  fold: TrafficFold,
  blocks: readonly TrafficBlock[],
  readAt: number,
): FoldedTraffic {
  const open = { ...fold.open };
  let { hurt, block } = fold;
  for (const one of blocks) {
    if (one.number <= fold.block) continue;
    block = Math.max(block, one.number);
    if (one.service !== fold.service || !one.epoch.startsWith(`${fold.rollout}/`)) continue;
    const arm = one.environment === fold.candidate ? 'candidate' : 'stable';
    const second = Math.max(fold.closedUpTo, one.at - (one.at % SECOND));
    const counts: OpenSecond = open[second] ?? { stable: NOTHING, candidate: NOTHING };
    open[second] = {
      ...counts,
      [arm]: plus(counts[arm], one),
      arrivals: withArrivals(counts.arrivals ?? [], arm, one.clients.arrived ?? []),
      pool: withBlock(counts.pool ?? [], one, arm),
      firsts: withFirsts(counts.firsts ?? [], arm, one.firsts ?? []),
    };
    if (arm === 'candidate') hurt += one.clients.hurtInRollout;
  }
  const watermark = readAt - LATENESS;
  const seenUpTo = watermark - (watermark % SECOND);
  const closedUpTo = Math.max(fold.closedUpTo, seenUpTo);
  // The judge's time never goes back. Until the clock has caught up, all happens in one second, and nothing waits for its end.
  const isSetBack = seenUpTo + SET_BACK < fold.closedUpTo;
  const closed: EvidenceBlock[] = [];
  const arrivals: Arrivals[] = [];
  const latencies: LatencyReading[] = [];
  let pool = fold.pool ?? EMPTY_POOL;
  for (const at of Object.keys(open).map(Number).sort(ascending)) {
    if (at >= closedUpTo && !isSetBack) continue;
    const { arrivals: came = [], pool: changes = [], firsts = [], ...arms } = open[at]!;
    delete open[at];
    arrivals.push(...came.map((one) => ({ at, ...one })));
    latencies.push(...firsts.map((one) => ({ at, ...one })));
    const fine = poolIn(pool, changes);
    const stable = withFine(arms.stable, fine.stable);
    const candidate = withFine(arms.candidate, fine.candidate);
    if (happened(stable) || happened(candidate)) closed.push({ metric: 'errors', at, stable, candidate });
    pool = poolAfter(pool, changes);
  }
  return { fold: { ...fold, block, hurt, open, closedUpTo, seenUpTo, pool }, closed, arrivals, latencies };
}

function plus(counts: ArmCounts, { clients }: TrafficBlock): ArmCounts {
  const late = (counts.late ?? 0) + (clients.hurtLate ?? 0);
  return {
    n: counts.n + clients.seen,
    bad: counts.bad + clients.hurt,
    ...(late === 0 ? {} : { late }),
  };
}

const withFine = (counts: ArmCounts, fine: number): ArmCounts => (fine === 0 ? counts : { ...counts, fine });

/** A block may hold hurt clients that were seen in an earlier one. */
const happened = ({ n, bad }: ArmCounts) => n > 0 || bad > 0;

const ascending = (a: number, b: number) => a - b;

function withArrivals(
  before: readonly Omit<Arrivals, 'at'>[],
  arm: 'stable' | 'candidate',
  arrived: readonly (readonly [number, number])[],
): readonly Omit<Arrivals, 'at'>[] {
  return arrived.reduce((known, [weight, clients]) => {
    const same = known.find((one) => one.weight === weight) ?? { weight, stable: 0, candidate: 0 };
    return [...known.filter((one) => one !== same), { ...same, [arm]: same[arm] + clients }];
  }, before);
}
