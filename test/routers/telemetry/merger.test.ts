/** Counting over several workers gives what one process would have counted. */
import { deserialize, serialize } from 'node:v8';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { REQUEST_OUTCOMES } from '../../../src/core/ports.ts';
import { cutBlocks, type NewBlock } from '../../../src/routers/embedded/telemetry/blocks.ts';
import { createMerger } from '../../../src/routers/embedded/telemetry/merger.ts';
import { createNotedArm } from '../../../src/routers/embedded/telemetry/noted-arm.ts';
import { createCountingRecorder, createRecorder } from '../../../src/routers/embedded/telemetry/recorder.ts';
import { createReporter } from '../../../src/routers/embedded/telemetry/reporter.ts';

const happening = fc.record({
  worker: fc.nat(3),
  place: fc.nat(30),
  outcome: fc.constantFrom(...REQUEST_OUTCOMES),
  latency: fc.option(fc.integer({ min: 1, max: 5_000 })),
  hurt: fc.boolean(),
  /** What comes before it. */
  before: fc.constantFrom(
    'nothing',
    'nothing',
    'nothing',
    'report',
    'block',
    'next step',
    'next rollout',
    'answers',
    'handover',
  ),
});

/** Sums over blocks, by arm. */
function totals(blocks: readonly NewBlock[]) {
  const sums = new Map<string, number[]>();
  for (const { environment, release, epoch, clients, requests, latency, firsts, bytesOut } of blocks) {
    const key = `${environment} ${release} ${epoch}`;
    const numbers = [
      clients.seen,
      clients.hurt,
      clients.hurtInRollout,
      (clients.arrived ?? []).reduce((sum, [, count]) => sum + count, 0),
      ...REQUEST_OUTCOMES.map((outcome) => requests[outcome]),
      ...Array.from({ length: 4 }, (_, quarter) =>
        latency.reduce((sum, [bucket, count]) => sum + (bucket % 4 === quarter ? count : 0), 0),
      ),
      bytesOut,
      ...(['ended', 'left'] as const).map((how) =>
        (firsts ?? []).reduce((sum, one) => sum + one[how].reduce((all, [, count]) => all + count, 0), 0),
      ),
      (firsts ?? []).reduce((sum, { inFlight }) => sum + inFlight.reduce((all, [, n]) => all + n, 0), 0),
    ];
    sums.set(
      key,
      numbers.map((number, index) => number + (sums.get(key)?.[index] ?? 0)),
    );
  }
  return sums;
}

test('as many clients and requests as one process would have counted', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 120 }), (happenings) => {
      const single = createCountingRecorder();
      const workers = Array.from({ length: 4 }, () => {
        const recorder = createRecorder(createNotedArm);
        return { recorder, report: createReporter(recorder) };
      });
      let merger = createMerger();
      const reportAll = () => {
        workers.forEach(({ report }, index) => {
          merger.take(`worker ${index}`, report([]));
        });
      };
      const one: NewBlock[] = [];
      const many: NewBlock[] = [];
      const block = () => {
        reportAll();
        one.push(...cutBlocks(single.arms().all, 0, 1, () => 0));
        many.push(...merger.blocks(0, 1));
      };
      /** Another process goes on where this one stops. */
      const handOver = () => {
        block();
        merger = createMerger(deserialize(serialize(merger.state())));
      };
      let waiting: (() => void)[] = [];
      let rollout = 1;
      let step = 1;
      for (const { worker, place, outcome, latency, hurt, before } of happenings) {
        if (before === 'report') merger.take(`worker ${worker}`, workers[worker]!.report([]));
        if (before === 'block') block();
        if (before === 'handover') handOver();
        if (before === 'answers') {
          // A client who comes to two workers between two reports counts by the request that is told of first, answered or not.
          reportAll();
          for (const answer of waiting) answer();
          waiting = [];
        }
        if (before.startsWith('next')) reportAll(); // as workers do before they obey another table
        if (before === 'next step') step += 1;
        if (before === 'next rollout') rollout += 1;
        const environment = place % 2 === 0 ? 'blue' : 'green';
        for (const recorder of [single, workers[worker]!.recorder]) {
          const arm = recorder.arm('shop', environment, `r${rollout}`, `shop-${rollout}/${step}`, 0)!;
          arm.seen(place);
          arm.arrived(place, 500);
          arm.request(outcome, latency, 7);
          if (hurt) arm.hurt(place);
          const first = arm.first(place, 500, performance.now());
          if (place % 3 === 0) {
            arm.open += 1;
            if (first !== null)
              waiting.push(() => {
                arm.open -= 1;
                arm.firsts.end(first, performance.now());
              });
          } else if (first !== null) arm.firsts[place % 3 === 1 ? 'end' : 'leave'](first, 1);
        }
      }
      block();
      expect(totals(many)).toEqual(totals(one));
    }),
  );
});

test('a worker that ended takes its requests in flight with it, and leaves what it has told of', () => {
  const merger = createMerger();
  const recorder = createRecorder(createNotedArm);
  const report = createReporter(recorder);
  recorder.arm('shop', 'blue', 'r1', '', 0)!.seen(7);
  merger.take('first', report([['shop', 'blue', 2]]));
  merger.take('second', createReporter(createRecorder(createNotedArm))([['shop', 'blue', 1]]));
  expect(merger.inFlight('shop', 'blue')).toBe(3);
  merger.leave('first');
  expect(merger.inFlight('shop', 'blue')).toBe(1);
  expect(merger.blocks(0, 1)).toMatchObject([{ clients: { seen: 1 }, inFlight: 1 }]);
});
