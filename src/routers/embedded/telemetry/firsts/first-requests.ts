import type { FirstRequests, LatencyCounts } from '../../../../core/ports.ts';
import { bucketOf } from '../../../../judge/histogram.ts';
import { type ClientSet, type ClientSetState, createClientSet } from '../clients/client-set.ts';

const MINUTE = 60_000;

/** Which clients have come in the running minute, to either environment. */
export interface ClientsOfMinute {
  /** Whether it is the client's first request in the minute of `now` (ms of `performance.now()`). */
  add(place: number, now: number): boolean;
  /** The request of `now` goes as if it had never come. */
  remove(place: number, now: number): void;
  state(): ClientsOfMinuteState;
}

/** For another process; `newest`: the running minute, counted since 1970. */
export interface ClientsOfMinuteState {
  readonly newest: number;
  readonly clients: ClientSetState;
  readonly before: ClientSetState;
}

/**
 * `origin`: Unix ms of the zero of `now`, so that minutes are the same in all processes of a router. The minute before the
 * running one is still known: what another process tells of it comes a little late.
 */
export function createClientsOfMinute(origin = 0, from?: ClientsOfMinuteState): ClientsOfMinute {
  let newest = from?.newest ?? Number.NEGATIVE_INFINITY;
  let clients: ClientSet = createClientSet(from?.clients);
  let before: ClientSet = createClientSet(from?.before);
  const minuteOf = (now: number) => Math.floor((origin + now) / MINUTE);
  const clientsOf = (minute: number) => (minute >= newest ? clients : before);
  return {
    add(place, now) {
      const minute = minuteOf(now);
      if (minute > newest) {
        before = minute === newest + 1 ? clients : createClientSet();
        clients = createClientSet();
        newest = minute;
      }
      return clientsOf(minute).add(place);
    },
    remove(place, now) {
      clientsOf(minuteOf(now)).remove(place);
    },
    state: () => ({ newest, clients: clients.state(), before: before.state() }),
  };
}

/** A request whose time to the answer is evidence, until it has one. */
export interface FirstRequest {
  readonly place: number;
  /** `performance.now()`. */
  readonly startedAt: number;
}

/** What becomes of first requests. */
export interface FirstRequestEnds {
  /** The head of the answer came, or the request failed, at `at`. */
  end(request: FirstRequest, at: number): void;
  /** Nobody will know how long it would have taken. */
  leave(request: FirstRequest, at: number): void;
}

interface CountedRequest extends FirstRequest {
  readonly counts: WeightCounts;
  /** Bucket that the last block knew it in; -1: none did. */
  reported: number;
  /** Where it is in the list of those in flight; -1: it is over. */
  index: number;
}

/** One arm's first requests. What happens to a request is counted with the weight that it came at. */
export interface FirstRequestCounts extends FirstRequestEnds {
  begin(place: number, weight: number, startedAt: number): CountedRequest;
  end(request: CountedRequest, at: number): void;
  leave(request: CountedRequest, at: number): void;
  /** Nothing of it is counted; false: a block has told of it already. */
  cancel(request: CountedRequest): boolean;
  /** What changed since the last call; undefined: nothing. */
  drain(now: number): readonly FirstRequests[] | undefined;
  /** Those in flight. */
  state(): readonly FirstRequestState[];
  /** Where it is in {@link state}. */
  indexOf(request: CountedRequest): number;
  /** Counts on with what {@link state} gave in another process; in the same order. */
  restore(requests: readonly FirstRequestState[]): readonly FirstRequest[];
}

/** A first request in flight, for another process. `reported`: the bucket that the last block knew it in; -1: none did. */
export interface FirstRequestState {
  readonly place: number;
  readonly weight: number;
  /** Unix ms, with fractions. */
  readonly at: number;
  readonly reported: number;
}

interface WeightCounts {
  readonly weight: number;
  readonly ended: Map<number, number>;
  readonly left: Map<number, number>;
  readonly inFlight: Map<number, number>;
}

/**
 * Each request counts once, whatever becomes of it: a block tells by how much the numbers in flight have changed, so that
 * sums over blocks hold, in whichever order they come. A request in flight moves up from bucket to bucket, and its end takes it out.
 */
export function createFirstRequestCounts(): FirstRequestCounts {
  const byWeight = new Map<number, WeightCounts>();
  const open: CountedRequest[] = [];

  function finish(request: CountedRequest): void {
    const last = open.pop()!;
    if (last !== request) {
      open[request.index] = last;
      last.index = request.index;
    }
    request.index = -1;
    if (request.reported >= 0) add(request.counts.inFlight, request.reported, -1);
  }

  function begin(place: number, weight: number, startedAt: number): CountedRequest {
    let counts = byWeight.get(weight);
    if (counts === undefined) {
      counts = { weight, ended: new Map(), left: new Map(), inFlight: new Map() };
      byWeight.set(weight, counts);
    }
    const request: CountedRequest = { place, startedAt, counts, reported: -1, index: open.length };
    open.push(request);
    return request;
  }

  return {
    begin,
    end(request, at) {
      if (request.index < 0) return;
      finish(request);
      add(request.counts.ended, bucketAt(request, at), 1);
    },
    leave(request, at) {
      if (request.index < 0) return;
      finish(request);
      add(request.counts.left, bucketAt(request, at), 1);
    },
    cancel(request) {
      if (request.index < 0 || request.reported >= 0) return false;
      finish(request);
      return true;
    },
    drain(now) {
      for (const request of open) {
        const bucket = bucketAt(request, now);
        if (bucket === request.reported) continue;
        if (request.reported >= 0) add(request.counts.inFlight, request.reported, -1);
        add(request.counts.inFlight, bucket, 1);
        request.reported = bucket;
      }
      const changed = [...byWeight.values()].map(taken).filter(isChange);
      return changed.length === 0 ? undefined : changed;
    },
    state: () =>
      open.map(({ place, counts, startedAt, reported }) => ({
        place,
        weight: counts.weight,
        at: performance.timeOrigin + startedAt,
        reported,
      })),
    indexOf: ({ index }) => index,
    restore: (requests) =>
      requests.map(({ place, weight, at, reported }) =>
        Object.assign(begin(place, weight, at - performance.timeOrigin), { reported }),
      ),
  };
}

/** Never below the bucket that a block has told of, so that what was slow stays slow. */
const bucketAt = ({ startedAt, reported }: CountedRequest, at: number): number =>
  Math.max(reported, bucketOf((at - startedAt) * 1000));

function add(counts: Map<number, number>, bucket: number, change: number): void {
  counts.set(bucket, (counts.get(bucket) ?? 0) + change);
}

const taken = ({ weight, ended, left, inFlight }: WeightCounts): FirstRequests => ({
  weight,
  ended: pairs(ended),
  left: pairs(left),
  inFlight: pairs(inFlight),
});

const isChange = ({ ended, left, inFlight }: FirstRequests): boolean =>
  ended.length + left.length + inFlight.length > 0;

function pairs(counts: Map<number, number>): LatencyCounts {
  const list = [...counts].filter(([, count]) => count !== 0).sort((a, b) => a[0] - b[0]);
  counts.clear();
  return list;
}
