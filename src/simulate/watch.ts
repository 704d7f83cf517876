/** The evidence of a simulated rollout: the daemon's own ledger, fed with simulated blocks. */
import type { Colour } from '../core/model.ts';
import type { TrafficBlock } from '../core/ports.ts';
import type { ServiceSpec } from '../core/service-spec.ts';
import type { Evidence, Judging } from '../core/world.ts';
import {
  feed,
  follow,
  type Ledger,
  type Past,
  questionsOf,
  rateTestOf,
  startLedger,
} from '../evidence/ledger.ts';
import { evidenceOf } from '../evidence/verdicts.ts';
import { foldTraffic, LATENESS } from '../metrics/traffic.ts';
import type { Visits } from './crowd.ts';
import { CANDIDATE, STABLE } from './service.ts';

const SECOND = 1000;

export interface Watch {
  /** Follows what is wanted judged. */
  follow(judging: Judging | null, now: number): void;
  /** Clients of a part of a second that began at `at`. */
  add(at: number, visits: Visits, epoch: string): void;
  /** Reads the router; returns whether there is anything new that a decision may depend on. */
  read(now: number): boolean;
  /** When the next second is complete, Unix ms; Infinity: none is open. */
  nextRead(): number;
  evidence(): Evidence;
}

/** `past` is what the bake is measured by. */
export function watchOf(spec: ServiceSpec, rollout: string, candidate: Colour, past: Past): Watch {
  let ledger: Ledger = startLedger(spec.service, rollout, candidate, 0);
  let unread: TrafficBlock[] = [];
  let number = 0;
  let open = Number.POSITIVE_INFINITY;
  let known = '';
  const test = rateTestOf(spec, questionsOf(spec)[0]!);

  function block(at: number, environment: Colour, release: string, epoch: string, visits: Visits): void {
    const isCandidate = environment === candidate;
    const { seen, hurt, late: hurtLate } = isCandidate ? visits.candidate : visits.stable;
    if (seen === 0 && hurt === 0) return;
    const hurtInRollout = isCandidate ? visits.hurtFirst : 0;
    const clients = { seen, hurt, hurtLate, hurtInRollout };
    number++;
    unread.push({ ...EMPTY, number, at, service: spec.service, environment, release, epoch, clients });
  }

  /** Changes whenever a decision could: verdicts, leanings, alarms. Cheaper than the evidence in words. */
  function digest(): string {
    const state = ledger.rates.errors;
    const alarm = ledger.history.errors?.state.alarm?.at ?? '';
    if (!state) return `${alarm}`;
    const { harm, safe } = test.logE(state);
    const leans = safe >= 0 && harm < 0 && state.candidate.n >= 5;
    return `${state.harm !== null} ${safe >= Math.log(1 / spec.judge.alphaSafe)} ${leans} ${alarm}`;
  }

  return {
    follow(judging, now) {
      ledger = follow(ledger, judging, now, spec, () => past);
    },
    add(at, visits, epoch) {
      open = Math.min(open, at - (at % SECOND));
      block(at, candidate, CANDIDATE, epoch, visits);
      block(at, candidate === 'blue' ? 'green' : 'blue', STABLE, epoch, visits);
    },
    read(now) {
      const { fold, closed } = foldTraffic(ledger.traffic, unread, now);
      unread = [];
      ledger = { ...ledger, traffic: fold };
      for (const one of closed) ledger = feed(ledger, one, spec);
      const seconds = Object.keys(fold.open);
      open = seconds.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...seconds.map(Number));
      const before = known;
      if (closed.length > 0) known = digest();
      return known !== before;
    },
    nextRead: () => open + SECOND + LATENESS,
    evidence: () => evidenceOf(ledger, spec, { candidate: CANDIDATE, stable: STABLE }),
  };
}

const EMPTY = {
  length: 500,
  requests: {
    '1xx': 0,
    '2xx': 0,
    '3xx': 0,
    '4xx': 0,
    '5xx': 0,
    unreachable: 0,
    'timed-out': 0,
    'cut-off': 0,
    gone: 0,
  },
  latency: [],
  bytesOut: 0,
  inFlight: 0,
} as const;
