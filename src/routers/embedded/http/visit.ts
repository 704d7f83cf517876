import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Colour } from '../../../core/model.ts';
import type { RequestOutcome } from '../../../core/ports.ts';
import type { Lease } from '../environment.ts';
import type { Client, Identities } from '../identity.ts';
import { type Placement, place } from '../placement.ts';
import { previewOf } from '../preview.ts';
import type { Service } from '../service.ts';
import { type Account, openAccount } from '../telemetry/account.ts';
import type { Recorder } from '../telemetry/recorder.ts';
import { requestHead } from './head.ts';
import { forwardedBy, peerOf } from './peer.ts';
import type { Destination } from './strict.ts';

/** One request on its way through the router: whose it is, where it belongs, what is counted of it. */
export interface Visit {
  readonly service: Service;
  readonly requestId: string;
  readonly startedAt: number;
  readonly path: string;
  /** What the instance gets as its head. */
  readonly head: string[];
  /**
   * Waits for an instance for as long as the service holds requests, and counts the request in flight on it. Each time
   * it looks, it obeys the table of that moment.
   */
  target(signal: AbortSignal): Promise<Arrival>;
  /** Header lines that the answer of this instance gets: Teal's cookie, or what a preview reached. */
  answerLines(lease: Lease): readonly string[];
  end(outcome: RequestOutcome, headAt: number | null, bytesOut: number): void;
}

export type Arrival =
  | { readonly kind: 'target'; readonly lease: Lease }
  | { readonly kind: 'none' }
  | { readonly kind: 'outage'; readonly reason: string }
  | { readonly kind: 'gone' };

/** What visits need of the router. */
export interface VisitTools {
  readonly recorder: Recorder;
  readonly identities: Identities;
}

/** `listenerOf`: the environment whose own loopback listener it came in by; null: a public one. */
export function createVisit(
  tools: VisitTools,
  service: Service,
  req: IncomingMessage,
  destination: Destination,
  listenerOf: Colour | null,
): Visit {
  const startedAt = performance.now();
  const { headers } = req;
  const forwarded = forwardedBy(peerOf(req.socket.remoteAddress), headers, destination.authority);
  const requestId = requestIdOf(headers['x-request-id']);
  const preview = listenerOf ?? previewOf(headers['x-teal-preview'], service.routing);
  const client: Client | null =
    preview === null ? tools.identities.of(headers, service.routing.identify, forwarded.client) : null;
  const account: Account = openAccount(tools.recorder, service);

  const placement = (): Placement => {
    if (preview !== null) return { kind: 'preview', colour: preview };
    const { always } = service.routing;
    const listed = always !== null && headers[always.name.toLowerCase()] === always.value;
    return place(service.routing, client!.identity, listed);
  };

  return {
    service,
    requestId,
    startedAt,
    path: destination.path,
    head: requestHead(req.rawHeaders, destination.authority, forwarded, requestId),
    async target(signal) {
      const deadline = performance.now() + service.routing.hold;
      for (;;) {
        const where = placement();
        const choice = service.choose(where);
        if (choice.kind === 'target') {
          account.sent(where, choice.belongsTo, choice.lease.colour);
          return { kind: 'target', lease: choice.lease };
        }
        if (choice.kind === 'outage') return choice;
        if (!(await service.changed(deadline - performance.now(), signal))) {
          if (signal.aborted) return { kind: 'gone' };
          account.sent(where, choice.belongsTo, choice.belongsTo);
          return { kind: 'none' };
        }
      }
    },
    answerLines(lease) {
      if (preview !== null) {
        return ['X-Teal-Environment', lease.colour, 'X-Teal-Release', lease.releaseName ?? ''];
      }
      return client?.setCookie ? ['Set-Cookie', client.setCookie] : [];
    },
    end(outcome, headAt, bytesOut) {
      account.end(outcome, headAt === null ? null : headAt - startedAt, bytesOut);
    },
  };
}

/** A proper id of the client's is passed on, so that one request has one name along its whole way. */
function requestIdOf(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[\w.:=+/@-]{1,128}$/.test(given) ? given : randomUUID();
}
