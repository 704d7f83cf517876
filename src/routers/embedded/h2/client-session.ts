import {
  constants,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { readerOf } from '../clients/read-header.ts';
import type { OwnAnswer } from '../http/answer.ts';
import { elsewhere } from '../http/elsewhere.ts';
import type { RawHeaders } from '../http/head.ts';
import { oversize } from '../http/oversize.ts';
import type { Door } from '../listen/door.ts';
import { turnAway } from '../overload/turn-away.ts';
import { keepStreamsInTable } from '../turnover/stream-table.ts';
import { upgrade } from '../upgrade/upgrade.ts';
import type { Peer } from '../visit/peer.ts';
import { createVisit, type Visit } from '../visit/visit.ts';
import { answerStream } from './answer.ts';
import { Arrived } from './arrived.ts';
import type { Http2Entrance, Http2Tools } from './http2.ts';
import { Patience } from './patience.ts';
import { readRequest, type StreamRequest } from './request.ts';
import { StreamEnd } from './stream-end.ts';
import { streamTunnel } from './tunnel.ts';

/**
 * How long a client may take to learn that it should go elsewhere, in ms. What it sends until then is read: a connection that is
 * closed with something unread is reset, and the client might never learn which of its requests were not begun.
 */
const NOTICE = 500;
/** Settings make us write as well. */
const SETTINGS_COST = 4;

/** One client's connection: its streams become requests, and its demands have a bound. */
export class ClientSession {
  readonly #session: ServerHttp2Session;
  readonly #door: Door;
  readonly #shared: Http2Tools;
  readonly #peer: Peer;
  readonly #patience = new Patience(performance.now());
  #arrived: Arrived[] = [];
  #streams = 0;
  /** Since when there is none, in the time of `performance.now()`. */
  #idleSince = performance.now();
  #requests = 0;
  /** Until it has, its time is that of a head. */
  #hasAsked = false;
  #leaving = false;

  constructor(
    session: ServerHttp2Session,
    socket: TLSSocket,
    { door, peerOf }: Http2Entrance,
    shared: Http2Tools,
    onEnd: () => void,
  ) {
    this.#session = session;
    keepStreamsInTable(session);
    this.#door = door;
    this.#shared = shared;
    this.#peer = peerOf(socket);
    session.on('stream', (stream, headers, _flags, raw) => this.#begin(stream, headers, raw));
    session.on('ping', () => this.#heard(1));
    session.on('remoteSettings', () => this.#heard(SETTINGS_COST));
    session.on('error', () => undefined); // what it means, each stream finds out by its closing
    session.on('close', onEnd);
    // node would call what `setTimeout` is given once: a stream that is silent for so long must not be the last that is seen of it.
    session.on('timeout', () => this.#idle());
    session.setTimeout(shared.limits.head);
  }

  /** Tells the client to go on elsewhere, and which of its requests are still served; closes once nothing is in work. */
  leave(): void {
    const session = this.#session;
    if (this.#leaving || session.destroyed) return;
    this.#leaving = true;
    // It names the last stream that has begun, so that the client asks elsewhere at once for what is behind that (RFC 9113, 6.8).
    // To promise those, too, would be in vain: nghttp2 begins no stream after a GOAWAY, except after a notice that node does not offer.
    session.goaway(constants.NGHTTP2_NO_ERROR);
    setTimeout(() => {
      if (!session.destroyed) session.close();
    }, NOTICE);
  }

  #begin(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: RawHeaders): void {
    if (!this.#hasAsked) this.#session.setTimeout(this.#shared.limits.keepAlive);
    this.#hasAsked = true;
    this.#streams += 1;
    const arrived = new Arrived(stream, headers, raw);
    stream.on('error', ignore); // the closing follows
    stream.on('close', () => this.#ended(arrived));
    // A stream that is reset by the very next frame has asked for nothing: no instance is to hear of it.
    if (this.#arrived.length === 0) setImmediate(() => this.#serveArrived());
    this.#arrived.push(arrived);
  }

  #ended(arrived: Arrived): void {
    const { stream } = arrived;
    this.#streams -= 1;
    if (this.#streams === 0) this.#idleSince = performance.now();
    // Whatever its code: a reset that says NO_ERROR costs as much.
    const isReset = stream.rstCode !== constants.NGHTTP2_NO_ERROR || !arrived.isTunnel;
    if (isReset && stream.aborted && !arrived.isCutOff) this.#bother(1);
    arrived.close();
    // Those of a request without a body lead to nothing by now.
    if (!stream.endAfterHeaders) letGo(stream);
  }

  #serveArrived(): void {
    const arrived = this.#arrived;
    this.#arrived = [];
    for (const one of arrived) {
      if (one.isGone) continue;
      try {
        this.#serve(one);
      } catch (error) {
        this.#shared.complaints.fault(null, error);
        one.stream.destroy(error as Error);
      }
    }
  }

  #serve(arrived: Arrived): void {
    const { stream, headers, raw } = arrived;
    const request = readRequest(raw);
    if ('status' in request) {
      const { status, why } = request;
      return void answerStream(stream, String(headers[':method']), raw, null, { status, message: why });
    }
    const visit = this.#enter(request, headers, raw);
    if ('status' in visit) return void answerStream(stream, request.method, request.lines, null, visit);
    this.#requests += 1;
    const { requests } = visit.service.http.limits;
    if (requests !== null && this.#requests >= requests) this.leave();
    if (request.protocol !== null) {
      arrived.isTunnel = true;
      this.#tunnel(stream, request, request.protocol, visit);
      return;
    }
    const end = new StreamEnd(arrived, request, visit.requestId);
    this.#shared.exchanges.begin(end, visit);
  }

  #tunnel(stream: ServerHttp2Stream, request: StreamRequest, protocol: string, visit: Visit): void {
    const { exchanges, complaints, limits } = this.#shared;
    const end = streamTunnel(stream, request, protocol, visit);
    if (protocol !== 'websocket') {
      visit.withdraw();
      end.say({
        status: 501,
        message: 'The only protocol that is understood is websocket.',
        page: visit.service.page,
      });
      return;
    }
    upgrade(end, visit, { instances: exchanges.instances, limits, complaints }).catch((error: Error) => {
      complaints.fault(visit, error);
      stream.destroy(error);
    });
  }

  #enter(
    { method, destination }: StreamRequest,
    headers: IncomingHttpHeaders,
    rawHeaders: RawHeaders,
  ): Visit | OwnAnswer {
    const { authority, host, path } = destination;
    const service = this.#door.find(host, path);
    if (service === null) return elsewhere(this.#door, destination);
    const refused = oversize({ method, url: path, rawHeaders, headers }, service.http.limits);
    if (refused !== null) return { ...refused, page: service.page };
    const header = readerOf(headers);
    const away = turnAway(this.#shared.admission, service, header, this.#door.preview !== null);
    if (away !== null) return away;
    const facts = { peer: this.#peer, header, authority, method, path };
    return createVisit(this.#shared, service, facts, this.#door.preview);
  }

  /** The client has said something that asks for nothing. */
  #heard(cost: number): void {
    this.#bother(cost);
    // What comes with it may be a request.
    if (this.#isIdle) setImmediate(() => this.#isIdle && this.leave());
  }

  #bother(cost: number): void {
    if (this.#patience.bear(performance.now(), cost) || this.#session.destroyed) return;
    this.#session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  /** A connection that only says that it is there is as idle as one that says nothing. */
  get #isIdle(): boolean {
    if (this.#streams > 0) return false;
    const { keepAlive, head } = this.#shared.limits;
    return performance.now() - this.#idleSince > (this.#hasAsked ? keepAlive : head);
  }

  /** Nothing has come or gone for a while. */
  #idle(): void {
    if (this.#streams > 0) return;
    if (this.#session.closed) this.#session.destroy();
    else this.#session.close();
  }
}

const ignore = (): void => undefined;

/** Takes the listeners off a stream that is over, since they lead to what it was for. Whoever listens to its closing is still told. */
function letGo(stream: ServerHttp2Stream): void {
  // node's own listener would be told of each of the others: several times the work.
  stream.removeAllListeners('removeListener');
  stream.removeAllListeners();
  stream.on('error', ignore);
}
