import { performance } from 'node:perf_hooks';
import type { Colour } from '../../../core/model.ts';
import type { RequestOutcome } from '../../../core/ports.ts';
import type { DesiredMaintenance } from '../../../core/world.ts';
import { cookieAttributes, PIN_COOKIE } from '../clients/cookies.ts';
import type { Client } from '../clients/identity.ts';
import { type Placement, place } from '../clients/placement.ts';
import { PREVIEW_HEADER, previewOf } from '../clients/preview.ts';
import type { ReadHeader } from '../clients/read-header.ts';
import type { Lease } from '../endpoints/environment.ts';
import { isPageLoad } from '../skew/page-load.ts';
import type { Pins } from '../skew/pins.ts';
import { mayBeAskedElsewhere } from '../skew/stand-in.ts';
import type { Service } from '../table/service.ts';
import type { AccessLog } from '../telemetry/access-log.ts';
import { Account } from '../telemetry/account.ts';
import { isKeptOut, mayWait } from './kept-out.ts';
import type { Limits } from './limits.ts';
import { type Forwarded, forwardedBy } from './peer.ts';
import { RequestNames } from './request-names.ts';
import { TRACEPARENT } from './trace.ts';
import { VIA } from './via.ts';
import type { Arrival, RequestFacts, Visit, VisitTools } from './visit.ts';

const NO_LINES: readonly string[] = [];
const VIA_LINES: readonly string[] = ['Via', VIA];

/** A visit to a service's public listener or to one environment's own. A class: there is one for each request. */
export class PlacedVisit implements Visit {
  readonly service: Service;
  readonly names: RequestNames;
  readonly startedAt: number;
  readonly forwarded: Forwarded;
  crowded: Colour | null = null;
  readonly #limits: Limits;
  readonly #accessLog: AccessLog;
  readonly #facts: RequestFacts;
  /** The one that it was sent with last. */
  #lease: Lease | null = null;
  #over = false;
  readonly #header: ReadHeader;
  readonly #pins: Pins;
  /** null: the table decides. */
  readonly #preview: Colour | null;
  /** null for a preview. */
  readonly #client: Client | null;
  readonly #account: Account;

  constructor(tools: VisitTools, service: Service, facts: RequestFacts, listenerOf: Colour | null) {
    const { identify } = service.routing;
    const { peer, header, authority } = facts;
    this.#facts = facts;
    this.#accessLog = tools.accessLog;
    this.service = service;
    this.startedAt = performance.now();
    this.forwarded = forwardedBy(peer, service.trust, header, authority);
    this.names = new RequestNames(header('x-request-id'), header(TRACEPARENT), service.http.trace);
    this.#header = header;
    this.#pins = tools.pins;
    this.#limits = tools.limits;
    this.#preview = listenerOf ?? previewOf(header(PREVIEW_HEADER), service.routing);
    this.#client =
      this.#preview === null
        ? tools.identities.of(header, identify, this.forwarded.client, this.#isSecure)
        : null;
    this.#account = new Account(tools.recorder, service, this.startedAt);
  }

  get requestId(): string {
    return this.names.id;
  }

  get trace(): string | null {
    return this.names.trace;
  }

  targetNow(): Lease | null {
    if (this.#keptOut() !== null) return null;
    const where = this.#placement();
    const choice = this.service.choose(where);
    this.crowded = choice.kind === 'crowded' ? choice.belongsTo : null;
    if (choice.kind !== 'target') return null;
    this.#account.sent(where, choice.belongsTo, choice.lease.colour);
    this.#lease = choice.lease;
    return choice.lease;
  }

  async target(signal: AbortSignal): Promise<Arrival> {
    const { service } = this;
    let deadline = performance.now() + service.routing.hold;
    const patience = performance.now() + this.#limits.room;
    for (;;) {
      if (signal.aborted) return { kind: 'gone' };
      const maintenance = this.#keptOut();
      if (maintenance !== null) {
        const left = mayWait(maintenance, performance.now() - this.startedAt, Date.now());
        if (await service.changed(left, signal)) continue;
        if (signal.aborted) return { kind: 'gone' };
        if (this.#keptOut() === maintenance) {
          service.counts.keptOut += 1;
          return { kind: 'maintenance', maintenance };
        }
        deadline = performance.now() + service.routing.hold;
        continue;
      }
      const where = this.#placement();
      const choice = service.choose(where);
      if (choice.kind === 'target') {
        this.#account.sent(where, choice.belongsTo, choice.lease.colour);
        this.#lease = choice.lease;
        return { kind: 'target', lease: choice.lease };
      }
      if (choice.kind === 'outage') return choice;
      if (choice.kind === 'crowded') {
        if (await this.#roomAt(choice.belongsTo, patience - performance.now(), signal)) continue;
        if (signal.aborted) return { kind: 'gone' };
        this.crowded = choice.belongsTo;
        this.refusedByCrowd();
        return { kind: 'crowded' };
      }
      if (!(await service.changed(deadline - performance.now(), signal))) {
        if (signal.aborted) return { kind: 'gone' };
        this.#account.sent(where, choice.belongsTo, choice.belongsTo);
        return { kind: 'none' };
      }
    }
  }

  refusedByCrowd(): void {
    const where = this.#placement();
    this.service.counts.crowded += 1;
    this.#account.sent(where, this.crowded ?? where.colour, this.crowded ?? where.colour);
    this.end('unreachable', null, 0);
  }

  standIn(lease: Lease, method: string | undefined, path: string): Lease | null {
    if (this.#preview !== null || !mayBeAskedElsewhere(method)) return null;
    const other = this.service.standIn(lease, path);
    if (other === null) return null;
    this.#account.stoodIn(other.colour);
    this.#lease = other;
    return other;
  }

  standDown(): void {
    this.#account.stoodDown();
  }

  answerLines(lease: Lease): readonly string[] {
    if (this.#preview !== null) {
      return ['X-Teal-Environment', lease.colour, 'X-Teal-Release', lease.releaseName ?? ''];
    }
    const setCookie = this.#client?.setCookie ?? null;
    const pins = this.#mayPin && lease.releaseName !== null && isPageLoad(this.#header);
    const { via } = this.service.http;
    if (setCookie === null && !pins) return via ? VIA_LINES : NO_LINES;
    const lines = via ? [...VIA_LINES] : [];
    if (setCookie !== null) lines.push('Set-Cookie', setCookie);
    if (pins) lines.push('Set-Cookie', this.#pinTo(lease.releaseName!));
    return lines;
  }

  answered(headAt: number | null): void {
    this.#account.answered(headAt === null ? null : headAt - this.startedAt);
  }

  end(outcome: RequestOutcome, headAt: number | null, bytesOut: number, status?: number): void {
    if (this.#over) return;
    this.#over = true;
    const head = headAt === null ? null : headAt - this.startedAt;
    this.#account.end(outcome, head, bytesOut);
    const share = this.service.http.accessLog;
    if (share > 0 && Math.random() < share) this.#note(outcome, head, bytesOut, status ?? null);
  }

  withdraw(): void {
    this.#over = true;
    this.#account.withdraw();
  }

  get #isSecure(): boolean {
    return this.forwarded.proto === 'https';
  }

  get #mayPin(): boolean {
    return (this.service.routing.skew?.pin ?? 0) > 0;
  }

  #placement(): Placement {
    if (this.#preview !== null) return { kind: 'preview', colour: this.#preview };
    const { service } = this;
    const { always } = service.routing;
    const listed = always !== null && this.#header(always.name.toLowerCase()) === always.value;
    const where = place(service.routing, this.#client!.identity, listed);
    const pin = this.#mayPin ? this.#pins.of(this.#header('cookie'), service.name) : null;
    return pin === null || isPageLoad(this.#header) ? where : service.keep(where, pin, Date.now());
  }

  /** True when it is worth looking again; false after `ms`, where no more may wait, or when the signal aborts. */
  #roomAt(colour: Colour, ms: number, signal: AbortSignal): Promise<boolean> {
    if (ms <= 0 || signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const finish = (found: boolean) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        resolve(found);
      };
      const giveUp = () => {
        leave?.();
        finish(false);
      };
      const timer = setTimeout(giveUp, ms);
      const leave = this.service.awaitRoom(colour, () => finish(true));
      signal.addEventListener('abort', giveUp, { once: true });
      if (leave === null) finish(false);
    });
  }

  #note(outcome: RequestOutcome, head: number | null, bytes: number, status: number | null): void {
    const { authority, method, path } = this.#facts;
    this.#accessLog.write({
      at: new Date().toISOString(),
      service: this.service.name,
      environment: this.#lease?.colour ?? null,
      release: this.#lease?.releaseName ?? null,
      request: this.requestId,
      client: this.forwarded.client,
      host: authority,
      method,
      path: path.split('?', 1)[0]!,
      preview: this.#preview !== null,
      outcome,
      status,
      head: head === null ? null : rounded(head),
      ms: rounded(performance.now() - this.startedAt),
      bytes,
    });
  }

  #keptOut(): DesiredMaintenance | null {
    const { maintenance } = this.service.routing;
    if (maintenance === null || this.#preview !== null) return null;
    return isKeptOut(maintenance, this.#header, Date.now()) ? maintenance : null;
  }

  #pinTo(release: string): string {
    const { name, routing } = this.service;
    const seconds = Math.ceil((routing.skew?.pin ?? 0) / 1_000);
    const attributes = cookieAttributes(routing.listen.path, seconds, this.#isSecure);
    return `${PIN_COOKIE}=${this.#pins.write(name, { release, at: Date.now() })}; ${attributes}`;
  }
}

/** To a microsecond. */
const rounded = (ms: number): number => Math.round(ms * 1_000) / 1_000;
