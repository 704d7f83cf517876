/**
 * An event loop in virtual time: one queue, of requests, of what instances answer, and of a message of its own that tells how long
 * the queue is, as `measureLoopLag` sends it. Clients ask whatever comes of it.
 */
import type { LoadShedder } from '../../../src/routers/embedded/overload/load-shedder.ts';

/** ms, and requests a ms. */
export interface Day {
  readonly shedder: LoadShedder;
  /** How long it lasts. */
  readonly ms: number;
  /** Earlier requests are not counted. */
  readonly from?: number;
  /** Requests a ms, by the time. */
  readonly rate: (now: number) => number;
  /** Of processor for one that is served: half of it for the request, half for the answer. */
  readonly cost: number;
  /** Of processor for one that is refused. */
  readonly refusal: number;
  /** What the instance takes. */
  readonly instance?: number;
  /** When, from `now` on, the process has a processor next, and until when. Default: always. */
  readonly processor?: (now: number) => readonly [number, number];
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** What came of it. */
export interface DayResult {
  /** What each took that was served, ms, in rising order. */
  readonly served: readonly number[];
  readonly refused: number;
}

type Item =
  | { readonly kind: 'request'; readonly at: number }
  | { readonly kind: 'answer'; readonly at: number }
  | { readonly kind: 'message' };

const EVERY = 50;
const AGAIN = 5;
const LOOK = 100;

export function simulate(day: Day): DayResult {
  const { shedder, from = 0, cost, refusal, instance = 1, random } = day;
  const processor = day.processor ?? ((now) => [now, Number.POSITIVE_INFINITY] as const);
  const queue: Item[] = [];
  const answers: { readonly due: number; readonly at: number }[] = [];
  const served: number[] = [];
  let [first, firstAnswer] = [0, 0];
  let now = 0;
  let arrival = 0;
  let timer = EVERY;
  let asked: number | null = null;
  let looked = 0;
  let idle = false;
  let refused = 0;

  const dueAnswer = () => answers[firstAnswer]?.due ?? Number.POSITIVE_INFINITY;
  const nextDue = () => Math.min(arrival, dueAnswer());
  const takeIn = () => {
    while (nextDue() <= now) {
      if (arrival <= dueAnswer()) {
        queue.push({ kind: 'request', at: arrival });
        arrival -= Math.log(1 - random()) / day.rate(arrival);
      } else {
        queue.push({ kind: 'answer', at: answers[firstAnswer]!.at });
        firstAnswer += 1;
      }
    }
  };
  const work = (ms: number) => {
    for (let left = ms; left > 0; ) {
      const [start, end] = processor(now);
      const used = Math.min(left, end - start);
      now = start + used;
      left = used < left ? left - used : 0;
    }
  };
  const ask = () => {
    asked = now;
    looked = now;
    queue.push({ kind: 'message' });
  };

  while (now < day.ms) {
    takeIn();
    if (now >= timer) {
      timer = now + EVERY;
      if (asked === null) ask();
    }
    const item = queue[first];
    if (item === undefined) {
      idle = true;
      [now] = processor(Math.min(nextDue(), timer));
      continue;
    }
    first += 1;
    if (item.kind === 'message') {
      const waited = now - asked!;
      asked = null;
      shedder.sample(waited, idle, now);
      idle = false;
      if (waited >= AGAIN) ask();
      continue;
    }
    if (item.kind === 'request' && asked !== null && now - looked >= LOOK) {
      looked = now;
      shedder.waits(now - asked, now);
    }
    if (item.kind === 'answer') {
      work(cost / 2);
      if (item.at >= from) served.push(now - item.at);
    } else if (shedder.refuses()) {
      work(refusal);
      if (item.at >= from) refused += 1;
    } else {
      work(cost / 2);
      answers.push({ due: now + instance, at: item.at });
    }
  }
  return { served: served.sort((a, b) => a - b), refused };
}
