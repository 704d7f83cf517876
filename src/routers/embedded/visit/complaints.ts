import type { RequestOutcome } from '../../../core/ports.ts';
import type { Logger } from '../../../system/log.ts';
import type { Lease } from '../endpoints/environment.ts';
import type { Visit } from './visit.ts';

/** Log lines about requests that failed: at most one a second of each kind and service, with how many it stands for. */
export interface Complaints {
  noInstance(visit: Visit, outage: string | null): void;
  failed(visit: Visit, lease: Lease, outcome: RequestOutcome, error: Error | null): void;
  /** A fault of the router itself, which must not take other requests with it. */
  fault(visit: Visit | null, error: unknown): void;
}

const EVERY = 1_000;

export function createComplaints(log: Logger): Complaints {
  const last = new Map<string, { at: number; withheld: number }>();

  const say = (kind: string, visit: Visit, facts: Readonly<Record<string, unknown>>, message: string) => {
    const service = visit.service.name;
    const key = `${kind}\n${service}`;
    const now = Date.now();
    const entry = last.get(key) ?? { at: 0, withheld: 0 };
    last.set(key, entry);
    if (now - entry.at < EVERY) {
      entry.withheld += 1;
      return;
    }
    log.warn({ service, request: visit.requestId, ...facts, withheld: entry.withheld }, message);
    entry.at = now;
    entry.withheld = 0;
  };

  return {
    noInstance(visit, outage) {
      if (outage === null) say('none', visit, {}, 'no instance is ready: answered 503');
      else say('outage', visit, { outage }, 'there is no service: answered 503');
    },
    failed(visit, lease, outcome, error) {
      const { host, port } = lease.endpoint.address;
      const facts = {
        environment: lease.colour,
        release: lease.releaseName,
        endpoint: `${host}:${port}`,
        outcome,
        why: error?.message ?? 'the connection closed before the answer was whole',
      };
      say(outcome, visit, facts, 'an instance did not answer a request');
    },
    fault(visit, error) {
      log.error(
        { err: error, service: visit?.service.name, request: visit?.requestId },
        'a fault in the router',
      );
    },
  };
}
