import { randomUUID } from 'node:crypto';
import type { Colour } from '../../../core/model.ts';
import type { RequestOutcome } from '../../../core/ports.ts';
import type { DesiredMaintenance } from '../../../core/world.ts';
import { cookieAttributes, PIN_COOKIE } from '../clients/cookies.ts';
import type { Client, Identities } from '../clients/identity.ts';
import { type Placement, place } from '../clients/placement.ts';
import { PREVIEW_HEADER, previewOf } from '../clients/preview.ts';
import type { ReadHeader } from '../clients/read-header.ts';
import type { Lease } from '../endpoints/environment.ts';
import { isPageLoad } from '../skew/page-load.ts';
import type { Pins } from '../skew/pins.ts';
import { mayBeAskedElsewhere } from '../skew/stand-in.ts';
import type { Service } from '../table/service.ts';
import { type Account, openAccount } from '../telemetry/account.ts';
import type { Recorder } from '../telemetry/recorder.ts';
import { isKeptOut, mayWait } from './kept-out.ts';
import { type Forwarded, forwardedBy, type Peer } from './peer.ts';

/** One request on its way through the router: whose it is, where it belongs, what is counted of it. */
export interface Visit {
  readonly service: Service;
  readonly requestId: string;
  readonly startedAt: number;
  /** What the instance is told of the client. */
  readonly forwarded: Forwarded;
  /** An instance, if one is ready now, with the request counted in flight on it. Else nothing was counted. */
  targetNow(): Lease | null;
  /**
   * Waits for an instance for as long as the service holds requests, and counts the request in flight on it. Each time
   * it looks, it obeys the table of that moment.
   */
  target(signal: AbortSignal): Promise<Arrival>;
  /** Another environment's instance for what this one has not, with the request counted in flight there; null: there is none. */
  standIn(lease: Lease, method: string | undefined, path: string): Lease | null;
  /** The stand-in has not got it either, or did not answer. */
  standDown(): void;
  /** Header lines that the answer of this instance gets: Teal's cookies, or what a preview reached. */
  answerLines(lease: Lease): readonly string[];
  end(outcome: RequestOutcome, headAt: number | null, bytesOut: number): void;
  /** Another visit begins for the same request: this one counts nothing. */
  withdraw(): void;
}

/** What a visit needs to know of a request. */
export interface RequestFacts {
  readonly peer: Peer;
  readonly header: ReadHeader;
  /** The host that was asked for, as the client wrote it. */
  readonly authority: string;
}

export type Arrival =
  | { readonly kind: 'target'; readonly lease: Lease }
  | { readonly kind: 'none' }
  | { readonly kind: 'outage'; readonly reason: string }
  | { readonly kind: 'maintenance'; readonly maintenance: DesiredMaintenance }
  | { readonly kind: 'gone' };

/** What visits need of the router. */
export interface VisitTools {
  readonly recorder: Recorder;
  readonly identities: Identities;
  readonly pins: Pins;
}

/** `listenerOf`: the environment whose own loopback listener it came in by; null: a public one. */
export function createVisit(
  tools: VisitTools,
  service: Service,
  { peer, header, authority }: RequestFacts,
  listenerOf: Colour | null,
): Visit {
  const startedAt = performance.now();
  const forwarded = forwardedBy(peer, header, authority);
  const requestId = requestIdOf(header('x-request-id'));
  const preview = listenerOf ?? previewOf(header(PREVIEW_HEADER), service.routing);
  const client: Client | null =
    preview === null
      ? tools.identities.of(header, service.routing.identify, forwarded.client, forwarded.proto === 'https')
      : null;
  const account: Account = openAccount(tools.recorder, service);

  const placement = (): Placement => {
    if (preview !== null) return { kind: 'preview', colour: preview };
    const { always } = service.routing;
    const listed = always !== null && header(always.name.toLowerCase()) === always.value;
    const where = place(service.routing, client!.identity, listed);
    const pin = pins() ? tools.pins.of(header('cookie'), service.name) : null;
    return pin === null || isPageLoad(header) ? where : service.keep(where, pin, Date.now());
  };
  const pins = () => (service.routing.skew?.pin ?? 0) > 0;
  const keptOut = (): DesiredMaintenance | null => {
    const { maintenance } = service.routing;
    if (maintenance === null || preview !== null) return null;
    return isKeptOut(maintenance, header, Date.now()) ? maintenance : null;
  };

  const pinTo = (release: string): string => {
    const { listen, skew } = service.routing;
    const seconds = Math.ceil((skew?.pin ?? 0) / 1_000);
    const attributes = cookieAttributes(listen.path, seconds, forwarded.proto === 'https');
    return `${PIN_COOKIE}=${tools.pins.write(service.name, { release, at: Date.now() })}; ${attributes}`;
  };

  return {
    service,
    requestId,
    startedAt,
    forwarded,
    targetNow() {
      if (keptOut() !== null) return null;
      const where = placement();
      const choice = service.choose(where);
      if (choice.kind !== 'target') return null;
      account.sent(where, choice.belongsTo, choice.lease.colour);
      return choice.lease;
    },
    async target(signal) {
      let deadline = performance.now() + service.routing.hold;
      for (;;) {
        const maintenance = keptOut();
        if (maintenance !== null) {
          const left = mayWait(maintenance, performance.now() - startedAt, Date.now());
          if (await service.changed(left, signal)) continue;
          if (signal.aborted) return { kind: 'gone' };
          if (keptOut() === maintenance) return { kind: 'maintenance', maintenance };
          deadline = performance.now() + service.routing.hold;
          continue;
        }
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
    standIn(lease, method, path) {
      if (preview !== null || !mayBeAskedElsewhere(method)) return null;
      const other = service.standIn(lease, path);
      if (other !== null) account.stoodIn(other.colour);
      return other;
    },
    standDown: () => account.stoodDown(),
    answerLines(lease) {
      if (preview !== null) {
        return ['X-Teal-Environment', lease.colour, 'X-Teal-Release', lease.releaseName ?? ''];
      }
      const lines = client?.setCookie ? ['Set-Cookie', client.setCookie] : [];
      if (pins() && lease.releaseName !== null && isPageLoad(header))
        lines.push('Set-Cookie', pinTo(lease.releaseName));
      return lines;
    },
    end(outcome, headAt, bytesOut) {
      account.end(outcome, headAt === null ? null : headAt - startedAt, bytesOut);
    },
    withdraw: () => account.withdraw(),
  };
}

/** A proper id of the client's is passed on, so that one request has one name along its whole way. */
function requestIdOf(given: string | undefined): string {
  return given !== undefined && /^[\w.:=+/@-]{1,128}$/.test(given) ? given : randomUUID();
}
