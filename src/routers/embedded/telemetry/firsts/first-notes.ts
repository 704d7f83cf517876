import type { FirstRequest, FirstRequestEnds } from './first-requests.ts';

/** What became of a worker's first requests, by numbers of its own. Times in Unix ms, with fractions. */
export interface FirstNotes {
  /** [number, client's place, candidate's weight, when it came]. */
  readonly begun: readonly (readonly [number, number, number, number])[];
  /** [number, when]; as in {@link FirstRequestEnds}. */
  readonly ended: readonly (readonly [number, number])[];
  readonly left: readonly (readonly [number, number])[];
}

export interface FirstNoter extends FirstRequestEnds {
  begin(place: number, weight: number, startedAt: number): FirstRequest;
  end(request: NotedRequest, at: number): void;
  leave(request: NotedRequest, at: number): void;
  /** As if it had never come; false: it has been told of already. */
  cancel(request: NotedRequest): boolean;
  /** What happened since the last call; null: nothing. */
  drain(): FirstNotes | null;
}

interface NotedRequest extends FirstRequest {
  /** Absent of those that somebody else counts. */
  readonly number?: number;
}

export function createFirstNoter(): FirstNoter {
  let begun = new Map<number, readonly [number, number, number, number]>();
  let ended: [number, number][] = [];
  let left: [number, number][] = [];
  let next = 1;
  return {
    begin(place, weight, startedAt) {
      const number = next++;
      begun.set(number, [number, place, weight, unix(startedAt)]);
      return { place, startedAt, number } satisfies NotedRequest;
    },
    end: (request, at) => void ended.push([request.number!, unix(at)]),
    leave: (request, at) => void left.push([request.number!, unix(at)]),
    cancel: (request) => begun.delete(request.number!),
    drain() {
      if (begun.size + ended.length + left.length === 0) return null;
      const notes = { begun: [...begun.values()], ended, left };
      begun = new Map();
      ended = [];
      left = [];
      return notes;
    },
  };
}

/** A worker's first requests as the process knows them that counts over all workers. */
export interface FirstReplay {
  take(notes: FirstNotes): void;
  /** The worker is gone: nobody will know how long they would have taken. */
  close(): void;
  /** [the worker's number, the request], of those in flight. */
  state(): readonly (readonly [number, FirstRequest])[];
}

/** `begin` gives null where the client has come to another worker in the same minute before. */
export function createFirstReplay(
  begin: (place: number, weight: number, startedAt: number) => FirstRequest | null,
  { end, leave }: FirstRequestEnds,
  from: readonly (readonly [number, FirstRequest])[] = [],
): FirstReplay {
  const open = new Map<number, FirstRequest>(from);
  const finish = (number: number, how: FirstRequestEnds['end'], at: number) => {
    const request = open.get(number);
    if (request === undefined) return;
    open.delete(number);
    how(request, at);
  };
  return {
    take({ begun, ended, left }) {
      for (const [number, place, weight, at] of begun) {
        const request = begin(place, weight, local(at));
        if (request !== null) open.set(number, request);
      }
      for (const [number, at] of ended) finish(number, end, local(at));
      for (const [number, at] of left) finish(number, leave, local(at));
    },
    close() {
      for (const number of [...open.keys()]) finish(number, leave, performance.now());
    },
    state: () => [...open],
  };
}

const unix = (at: number): number => performance.timeOrigin + at;
const local = (at: number): number => at - performance.timeOrigin;
