/**
 * How many requests a rollback takes in one cell of the grid, over what information theory needs.
 *
 * First with a look after every request, whose chance of being candidate's is known, as the limit has it: from one start, and with
 * late starts. Then the test itself as it ships, in blocks of a second and by what each arm really had. Traffic is such that
 * the limit is 100 seconds away.
 */

import { conditionalLimit, type Exposure, rateTest } from '../../src/judge/index.ts';
import { logSumExp } from '../../src/judge/logs.ts';
import { factorsOfBad } from '../../src/judge/rates/block-factors.ts';
import {
  firstStart,
  type LateStarts,
  minutesBetween,
  startUpTo,
  unstartedLog,
} from '../../src/judge/rates/late-starts.ts';
import { overshootBonus } from '../../src/judge/rates/overshoot.ts';
import { harmGrid } from '../../src/judge/rates/ratio-grid.ts';
import { binomial, seeded } from '../../test/judge/random.ts';

const ALPHA = 0.01;
/** In which the limit is reached. */
const SECONDS = 100;

export interface Cell {
  readonly p0: number;
  readonly w: number;
  readonly ratio: number;
}

export interface GridPart extends Cell {
  readonly runs: number;
  readonly seed: number;
}

/** Means over the limit. */
export interface GridResult {
  readonly limit: number;
  readonly plain: number;
  readonly late: number;
  readonly blocks: number;
}

export function gridCell({ runs, seed, ...cell }: GridPart): GridResult {
  const limit = conditionalLimit({ ...cell, rho: 1, alpha: ALPHA }).requests;
  const over = (requests: (random: () => number) => number) => {
    const random = seeded(seed);
    let total = 0;
    for (let run = 0; run < runs; run++) total += requests(random);
    return total / runs / limit;
  };
  return {
    limit,
    plain: over((random) => everyRequest(cell, limit, ONE_START, random)),
    late: over((random) => everyRequest(cell, limit, LATE_STARTS, random)),
    blocks: over((random) => everySecond(cell, limit, random)),
  };
}

const ratios = harmGrid(1);
const needed = Math.log(1 / ALPHA);
const test = rateTest({ tolerate: 1, rhoSafe: 1.2, floor: 0, alphaHarm: ALPHA, alphaSafe: 0.05 });

/** Requests until harm at a look after every request; only bad ones change anything. */
function everyRequest(
  { p0, w, ratio }: Cell,
  limit: number,
  start: LateStarts,
  random: () => number,
): number {
  const bad = p0 * (w * ratio + 1 - w);
  const candidates = (w * ratio) / (w * ratio + 1 - w);
  let process = start;
  for (let request = 0; ; ) {
    request += 1 + Math.floor(Math.log(1 - random()) / Math.log1p(-bad));
    if (start !== ONE_START)
      process = startUpTo(process, minutesBetween(0, (request / limit) * SECONDS * 1000));
    const e1 = random() < candidates ? 1 : 0;
    const block: Exposure = { n1: w, e1, n0: 1 - w, e0: 1 - e1 };
    const unstarted = start === ONE_START ? Number.NEGATIVE_INFINITY : unstartedLog(process);
    const logs = [...process.logs];
    ratios.add(logs, block);
    const bonus = overshootBonus(logs, unstarted, factorsOfBad(ratios, block), ratios.rho, block, needed);
    process = { ...process, logs: logs.map((log) => log + bonus) };
    if (logSumExp([...process.logs, unstarted]) >= needed) return request;
  }
}

const LATE_STARTS = firstStart(ratios.size);
const ONE_START: LateStarts = {
  logs: new Array<number>(ratios.size).fill(-Math.log(ratios.size)),
  minute: 0,
};

/** Requests until harm by the test itself, in blocks of a second. */
function everySecond({ p0, w, ratio }: Cell, limit: number, random: () => number): number {
  const size = Math.max(1, Math.round(limit / SECONDS));
  let state = test.initial();
  for (let second = 0; ; second++) {
    const n1 = binomial(random, size, w);
    const [e1, e0] = [binomial(random, n1, ratio * p0), binomial(random, size - n1, p0)];
    const candidate = { n: n1, bad: e1 };
    state = test.observe(state, { at: second * 1000, candidate, stable: { n: size - n1, bad: e0 } });
    if (state.harm !== null) return (second + 1) * size;
  }
}
