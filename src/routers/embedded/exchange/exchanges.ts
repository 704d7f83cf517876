import type { EndpointState } from '../endpoints/endpoint.ts';
import { Roster } from '../turnover/roster.ts';
import type { Complaints } from '../visit/complaints.ts';
import type { Limits } from '../visit/limits.ts';
import type { Visit } from '../visit/visit.ts';
import type { ClientEnd } from './client-end.ts';
import { Exchange } from './exchange.ts';
import { Instances } from './instances.ts';

/** All exchanges but those of the fast path, and the connections to instances that they use. */
export interface Exchanges {
  begin(client: ClientEnd, visit: Visit): void;
  /** For what is no exchange of one request and its answer. */
  readonly instances: Instances;
  /** The endpoint has left the table. */
  forget(endpoint: EndpointState): void;
  close(): void;
}

/** Deadlines are looked at this often, in ms, or ten times within the shortest limit. */
const SWEEP = 500;

export function createExchanges(tools: {
  readonly limits: Limits;
  readonly complaints: Complaints;
}): Exchanges {
  const { limits } = tools;
  const instances = new Instances(limits);
  const shared = { ...tools, instances };
  const exchanges = new Roster<Exchange>();
  const shortest = Math.min(limits.bodyIdle, limits.answerHead, limits.connect, limits.sendIdle);
  const sweep = setInterval(
    () => {
      const now = performance.now();
      for (const exchange of exchanges.all()) if (exchange.deadline <= now) exchange.expire();
      instances.sweep(now);
    },
    Math.min(SWEEP, shortest / 10),
  );
  sweep.unref();
  const end = (exchange: Exchange) => exchanges.delete(exchange);

  return {
    instances,
    begin(client, visit) {
      const exchange = new Exchange(client, visit, shared, end);
      exchanges.add(exchange);
      exchange.begin();
    },
    forget: (endpoint) => instances.forget(endpoint),
    close() {
      clearInterval(sweep);
      instances.close();
    },
  };
}
