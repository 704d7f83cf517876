import type { EndpointState } from '../endpoints/endpoint.ts';
import { Roster } from '../turnover/roster.ts';
import { sweep } from '../turnover/sweep.ts';
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

export function createExchanges(tools: {
  readonly limits: Limits;
  readonly complaints: Complaints;
}): Exchanges {
  const { limits } = tools;
  const instances = new Instances(limits);
  const shared = { ...tools, instances };
  const exchanges = new Roster<Exchange>();
  const shortest = Math.min(limits.bodyIdle, limits.answerHead, limits.connect, limits.sendIdle);
  const stop = sweep(exchanges, shortest, (now) => instances.sweep(now));
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
      stop();
      instances.close();
    },
  };
}
