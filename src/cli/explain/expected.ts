/** What to expect of a plan at some traffic, from simulated rollouts: pure but for the time it may take. */
import type { ServiceSpec } from '../../core/service/service-spec.ts';
import { expectationOf, type Spread, type Traffic } from '../../simulate/index.ts';
import type { Painter } from '../terminal/paint.ts';
import { count, duration, perSecond, plural, rate } from '../view/format.ts';
import type { Explained } from './describe.ts';

export interface Expected {
  readonly traffic: Traffic;
  /** Where the rate is from: an option, or the daemon, which counts requests: each is taken for a client. */
  readonly source: 'option' | 'daemon';
  /** Simulated rollouts of each kind. */
  readonly runs: number;
  /** Median ms that each step of the plan takes a healthy release; null: not simulated (hooks, checks, gates), or never ended. */
  readonly steps: readonly (number | null)[];
  readonly healthy: {
    /** ms until all traffic is on it. */
    readonly out: Spread | null;
    /** Share of them that were taken back, 0-1. */
    readonly falseRollbacks: number;
    /** What the comparison with stable allows of that; null: the strategy has none. */
    readonly allowed: number | null;
  };
  readonly failing: readonly {
    /** Of the release's requests, 0-1. */
    readonly share: number;
    readonly hurt: Spread & { readonly mean: number };
    /** Share of such releases that are taken back, 0-1, and ms until then. */
    readonly takenBack: number;
    readonly back: Spread | null;
  }[];
}

export interface ExplainedAtTraffic extends Explained {
  /** null: the traffic is not known. */
  readonly expected: Expected | null;
}

/** More tell little more. */
const MOST = 100;
/** With fewer, the highest stands for what 19 of 20 stay below. */
const ENOUGH_FOR_95 = 20;

/** Simulates for about so many ms. */
export function expectedOf(
  spec: ServiceSpec,
  plan: Explained,
  { traffic, source }: Pick<Expected, 'traffic' | 'source'>,
  ms: number,
): Expected {
  const end = performance.now() + ms;
  const isEnough = () => performance.now() >= end;
  const { healthy, steps, failing } = expectationOf(spec, traffic, { seed: 1, most: MOST, isEnough });
  const left = [...steps];
  return {
    traffic,
    source,
    runs: healthy.runs,
    steps: plan.steps.map(({ kind }) => (left[0]?.kind === kind ? left.shift()!.took : null)),
    healthy: {
      out: healthy.out,
      falseRollbacks: healthy.takenBack,
      allowed: spec.strategy.kind === 'canary' ? spec.judge.alphaHarm : null,
    },
    failing: failing.map(({ share, hurt, takenBack, back }) => ({ share, hurt, takenBack, back })),
  };
}

/** Lines for people. */
export function expectedInWords(
  { traffic, source, runs, healthy, failing }: Expected,
  paint: Painter,
): string[] {
  const { out, falseRollbacks, allowed } = healthy;
  const bound = allowed === null ? '' : `; the comparison does that to at most ${rate(allowed)} of all`;
  const seen = source === 'daemon' ? ', as many as requests come now' : '';
  const of = (share: number) => `${Math.round(share * runs)} of ${runs}`;
  const most = runs < ENOUGH_FOR_95 ? 'at most' : '95 % of them at most';
  const time = out === null ? 'never reaches all traffic' : `all traffic after ${duration(out.median)}`;
  return [
    `  ${paint('bold', `At ${perSecond(traffic.clientsPerSecond)} clients a second`)}${seen}, in ${plural(runs, 'simulated rollout')} of each kind:`,
    `    healthy           ${time}, start-up and checks left out`,
    `                      taken back by mistake: ${of(falseRollbacks)}${bound}`,
    ...failing.map(({ share, hurt, takenBack, back }) => {
      const found = back === null ? 'not found' : `found ${of(takenBack)}, after ${duration(back.median)}`;
      return `    ${`${rate(share)} fail`.padEnd(16)}  hurts ${clients(hurt.mean)} (${most} ${count(hurt.p95)}), ${found}`;
    }),
  ];
}

const clients = (mean: number) =>
  mean < 10 ? `${Number(mean.toFixed(1))} clients` : plural(Math.round(mean), 'client');
