import { setTimeout as delay } from 'node:timers/promises';
import type { ObservedInstance } from '../../core/world.ts';
import type { ProbeResult } from './probe.ts';

/** So many failures in a row make a ready instance unready; one success makes it ready. */
const FAILURES = 3;

/** What the probes so far say of an instance. */
export interface Readiness {
  readonly state: 'starting' | 'ready' | 'unready';
  readonly failures: number;
}

/** The state after one more probe. `starting` until the first success. */
export function afterProbe(before: Readiness, ok: boolean): Readiness {
  if (ok) return { state: 'ready', failures: 0 };
  const failures = before.failures + 1;
  return { state: before.state === 'ready' && failures >= FAILURES ? 'unready' : before.state, failures };
}

/** Probes one process of an instance until it is stopped. */
export interface Prober {
  readonly state: () => Readiness['state'];
  readonly last: () => ObservedInstance['lastProbe'];
  /** Resolves with the first result. */
  readonly first: Promise<void>;
  stop(): void;
}

export interface ProberOptions {
  probe(signal: AbortSignal): Promise<ProbeResult>;
  /** ms between probes once it has been ready, and before that. */
  readonly every: number;
  readonly eager: number;
  /** The state changed. */
  changed(): void;
}

export function startProber(options: ProberOptions): Prober {
  const end = new AbortController();
  const first = Promise.withResolvers<void>();
  let readiness: Readiness = { state: 'starting', failures: 0 };
  let last: ObservedInstance['lastProbe'] = null;

  async function look(): Promise<void> {
    while (!end.signal.aborted) {
      const { ok, detail } = await options.probe(end.signal);
      if (end.signal.aborted) break;
      last = { at: Date.now(), ok, detail };
      const before = readiness.state;
      readiness = afterProbe(readiness, ok);
      first.resolve();
      if (readiness.state !== before) options.changed();
      const pause = readiness.state === 'starting' ? options.eager : options.every;
      await delay(pause, undefined, { signal: end.signal }).catch(() => undefined); // stopped: the loop sees it
    }
    first.resolve();
  }
  void look();
  return { state: () => readiness.state, last: () => last, first: first.promise, stop: () => end.abort() };
}
