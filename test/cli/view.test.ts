import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import type { EventStatus, RolloutDetail, RolloutSummary, ServiceStatus } from '../../src/api/schema.ts';
import { clip, columns, painter } from '../../src/cli/terminal/paint.ts';
import { bar, progress } from '../../src/cli/view/bars.ts';
import { changes } from '../../src/cli/view/changes.ts';
import { duration, latency, perSecond, rate, share } from '../../src/cli/view/format.ts';
import { eventLines, recordDetails, recordHead } from '../../src/cli/view/record.ts';
import { replayLines } from '../../src/cli/view/replay.ts';
import { serviceView } from '../../src/cli/view/service.ts';
import { canaryRollout, NOON, rolling, takenBack } from './canned.ts';

// Times of day are shown in the machine's zone.
beforeAll(() => {
  process.env.TZ = 'UTC';
});

const plain = { width: 80, now: NOON, paint: painter(false) };
const shown = (lines: readonly string[]) => lines.map((line) => line.trimEnd()).join('\n');

test('a canary in the middle of its way', () => {
  expect(`\n${shown(serviceView(rolling, plain))}\n`).toMatchInlineSnapshot(`
    "
    shop  canary  rolling out                                  http://127.0.0.1:8080
      blue   20260130-090000-abc1234   stable       █████████████████████▊░    95 %
      green  20260131-115800-def5678   candidate    █▏░░░░░░░░░░░░░░░░░░░░░     5 %

             instances      req/s   errors       p50       p99   in flight
      blue   1/1 ready        190   0.12 %    1.2 ms     23 ms           3
      green  1/1 ready        190   0.12 %    1.2 ms     23 ms           3

      - hook     before-prepare                                   skipped
      ✓ prepare  start the candidate                                4.2 s
      ✓ verify   http, load                                          30 s
      ✓ shift    5 % of clients                                    100 ms
      ▸ observe  at 5 %                                       █████░░░        19 s
      · shift    25 % of clients
      · observe  at 25 %
      · shift    100 % of clients
      · bake     10 min at full traffic

      errors     harm ████▋░░░░░░░░░ 33 %   safe ░░░░░░░░░░░░░░  0 %   undecided
                 3 of 240 clients of the candidate got errors, 9 of 8,910 of the
                 stable release: 12 times the rate.
      budget     allows █▎░░░░░░░░░░ 11.31 %   at most 3.1 % hurt, of 190 a second

      Waiting for the end of the dwell at 5 %, until 12:00:11 (in 11 s)
      Clients hurt by the candidate: 3
    "
  `);
});

test('a bake with few clients says how long it takes as they come, and what may be done', () => {
  const baking = (clients: number) => {
    const steps = canaryRollout.steps.map((step) =>
      step.kind === 'bake'
        ? { ...step, state: 'running' as const, startedAt: new Date(NOON - 3_600_000).toISOString() }
        : step,
    );
    const rollout = { ...canaryRollout, steps, step: steps.length - 1, bake: { clients, needed: 100 } };
    return shown(serviceView({ ...rolling, rollout }, plain)).replaceAll(/\s+/g, ' ');
  };
  expect(baking(20)).toContain(
    'Clients in the bake: 20 of 100 or more, about 4 h more as they come now. It is over after a day at most; the next teal deploy may end it sooner, teal abort takes the release back.',
  );
  expect(baking(0)).toContain('0 of 100 or more, nobody comes now.');
  expect(baking(150)).toContain('Clients in the bake: 150 of 100 or more Clients hurt');
});

test('a service whose candidate was taken back', () => {
  expect(`\n${shown(serviceView(takenBack, plain))}\n`).toMatchInlineSnapshot(`
    "
    shop  canary  idle                                         http://127.0.0.1:8080
      blue   20260130-090000-abc1234   stable       ███████████████████████   100 %
      green  -                         empty        ░░░░░░░░░░░░░░░░░░░░░░░     0 %

             instances      req/s   errors       p50       p99   in flight
      blue   1/1 ready        190   0.12 %    1.2 ms     23 ms           3

      Last: shop-7 rolled-back after 1 min 38 s, 12 clients hurt
      12 of 240 clients of the candidate got errors, 9 of 8,910 of the stable
      release: 49 times the rate.
    ! The port 8080 is taken by another process
    "
  `);
});

test('an instance that does not become ready shows what its last probe found', () => {
  const { blue, green } = rolling.environments;
  const detail = 'GET /healthz: 503, "not yet"';
  const late = {
    ...green.instances[0]!,
    state: 'starting' as const,
    lastProbe: { at: '', ok: false, detail },
  };
  const starting = { ...rolling, environments: { blue, green: { ...green, instances: [late] } } };
  expect(shown(serviceView(starting, plain))).toContain(`\n  ${late.id}: ${detail}\n`);
  expect(shown(serviceView(rolling, plain))).not.toContain('GET /healthz');
});

test('a service that was never released', () => {
  const nothing = { ...takenBack, stable: null, last: null, problems: [] };
  expect(shown(serviceView(nothing, plain))).toContain('teal deploy');
});

test('before the first release nobody is said to be on an environment in which there is nothing', () => {
  const { blue, green } = rolling.environments;
  const nothing = { ...blue, release: null, state: 'empty' as const, instances: [], traffic: null };
  const first = {
    ...rolling,
    environments: { blue: { ...green, release: 'r1' }, green: nothing },
    candidate: { release: 'r1', environment: 'blue' as const },
    split: { blue: 0, green: 10_000 },
  };
  expect(shown(serviceView(first, plain))).toMatch(/^ {2}green {2}- +empty +░+ +0 %$/m);
  const traffic = (status: ServiceStatus) =>
    changes(null, status, NOON).filter((line) => /^Traffic/.test(line));
  expect(traffic(first)).toEqual(['Traffic: blue 0 % (the candidate is blue)']);
  expect(traffic({ ...first, environments: { blue: nothing, green: nothing } })).toEqual([]);
});

describe.each([40, 60, 80, 120])('in %i columns', (width) => {
  test.each([false, true])('no line is wider (colour: %s)', (colour) => {
    for (const status of [rolling, takenBack]) {
      for (const line of serviceView(status, { ...plain, width, paint: painter(colour) })) {
        expect(columns(line)).toBeLessThanOrEqual(width);
      }
    }
  });
});

test('colours add nothing but colours', () => {
  const coloured = serviceView(rolling, { ...plain, paint: painter(true) }).join('\n');
  expect(coloured).toContain('\u001b[');
  expect(stripVTControlCharacters(coloured)).toBe(serviceView(rolling, plain).join('\n'));
});

test('where there is little room, the steps around the current one stay', () => {
  const lines = serviceView(rolling, { ...plain, height: 19 });
  expect(lines.length).toBeLessThanOrEqual(19);
  expect(shown(lines)).toContain('at 5 %');
  expect(shown(lines)).toContain('to come');
});

test('on a small screen weight, verdict and what it waits for stay, and sentences go', () => {
  const lines = serviceView(rolling, { ...plain, width: 40, height: 20 });
  expect(lines.length).toBeLessThanOrEqual(20);
  const text = shown(lines);
  expect(text).toMatch(/^ {2}green +5 % {2}candidate/m);
  expect(text).toMatch(/^ {2}errors undecided {2}harm +\d+ % safe +\d+ %$/m);
  expect(text).toContain('Waiting for the end of the dwell at 5\n  %, until 12:00:11');
  expect(text).toContain('Clients hurt by the candidate: 3');
  expect(text).not.toContain('got errors');
});

test('plain lines tell each change once', () => {
  const first = changes(null, rolling, NOON);
  expect(first.join('\n')).toContain('Traffic: blue 95 %, green 5 % (the candidate is green)');
  expect(first.join('\n')).toContain('Waiting for the end of the dwell at 5 %');
  expect(changes(rolling, rolling, NOON + 1000)).toEqual([]);
  const harm = { ...canaryRollout.verdicts[0]!, verdict: 'harm' as const };
  const ending = {
    ...rolling,
    rollout: { ...canaryRollout, verdicts: [harm], takingBack: true, reason: 'harm', waitingFor: null },
    split: { blue: 10_000, green: 0 },
  };
  expect(changes(rolling, ending, NOON)).toEqual([
    'Traffic: blue 100 %, green 0 % (the candidate is green)',
    expect.stringMatching(/^Verdict on errors: harm\. 3 of 240/),
    'Taking the candidate back: harm (3 clients hurt so far)',
  ]);
});

test('a bar shows even a small share, and is as wide as it was asked to be', () => {
  expect(bar(0.001, 10)).toBe('▏░░░░░░░░░');
  expect(bar(0.5, 10)).toBe('█████░░░░░');
  for (let value = 0; value <= 1; value += 0.013) expect(columns(bar(value, 14))).toBe(14);
});

test('evidence adds up on a logarithmic scale', () => {
  expect(progress(1, 100)).toBe(0);
  expect(progress(10, 100)).toBeCloseTo(0.5);
  expect(progress(1e6, 100)).toBe(1);
  expect(progress(0.2, 100)).toBe(0);
});

test('clipping keeps colours and never grows', () => {
  const text = painter(true)('red', 'abcdefghij');
  expect(columns(clip(text, 5))).toBe(5);
  expect(clip(text, 5)).toContain('abcd…');
  expect(clip(text, 5).endsWith('\u001b[39m')).toBe(true);
  expect(clip('abc', 3)).toBe('abc');
});

test('numbers as people write them', () => {
  expect([0, 0.0016, 0.42, 12, 1250].map(perSecond)).toEqual(['0', '0.002', '0.4', '12', '1,250']);
  expect([850, 4200, 12_000, 200_000, 7_500_000, 90_000_000].map(duration)).toEqual([
    '850 ms',
    '4.2 s',
    '12 s',
    '3 min 20 s',
    '2 h 5 min',
    '1 d 1 h',
  ]);
  expect([5, 50, 100, 2500, 10_000].map(share)).toEqual(['0.05 %', '0.5 %', '1 %', '25 %', '100 %']);
  expect([0, 0.0012, 0.043, 0.31].map(rate)).toEqual(['0 %', '0.12 %', '4.3 %', '31 %']);
  expect([null, 0.84, 12.4, 1300].map(latency)).toEqual(['-', '0.8 ms', '12 ms', '1.3 s']);
});

test('the evidence of a rollout over its time', () => {
  const replay = Array.from({ length: 20 }, (_, second) => ({
    at: new Date(NOON + second * 2_000).toISOString(),
    weight: second < 10 ? 500 : 2_500,
    metrics: [
      {
        metric: 'errors',
        verdict: second < 18 ? ('undecided' as const) : ('harm' as const),
        e: { harm: 100 ** (second / 18), safe: 0.5 },
        ratio: [0.5, 9] as [number, number],
        candidate: { n: 10 * second, bad: second < 6 ? 0 : second - 5 },
        stable: { n: 90 * second, bad: Math.floor(second / 4) },
      },
    ],
  }));
  const verdict = {
    ...replay.at(-1)!.metrics[0]!,
    needed: { harm: 100, safe: 20 },
    explanation: '14 of 190 clients of the candidate got errors',
  };
  expect(`\n${shown(replayLines(replay, [verdict], plain.paint))}\n`).toMatchInlineSnapshot(`
    "

      The evidence from 12:00:00 to 12:00:38 (38 s)
      weight      ▁▁▁▁▁▁▁▁▁▁▃▃▃▃▃▃▃▃▃▃  25 %
      errors
        candidate  ·····██████████████  7.4 % (14 of 190)
        stable     ···▁···▁···▁···▁···  0.23 % (4 of 1,710)
        to harm   ·▁▁▂▂▃▃▄▄▅▅▅▆▆▇▇████  harm at 12:00:36
        to safe   ····················
    "
  `);
  expect(replayLines(replay.slice(0, 2), [verdict], plain.paint)).toEqual([]);
});

test('log lines that a reason quotes are shown once, below what happened', () => {
  const reason = 'r2 did not become ready\nLast lines of its log:\nno such file';
  const event = { at: new Date(NOON).toISOString(), text: `Failed: ${reason}`, actor: 'teal' };
  const record = {
    ...canaryRollout,
    startedBy: 'ada',
    message: null,
    outcome: 'failed',
    reason,
    endedAt: null,
  };
  const lines = [
    ...recordHead(record as unknown as RolloutSummary, NOON, plain.paint),
    ...eventLines([event as EventStatus], plain.paint),
  ];
  expect(lines.slice(-4)).toEqual([
    '  r2 did not become ready',
    '  Last lines of its log:',
    '  no such file',
    '  12:00:00  Failed: r2 did not become ready',
  ]);
});

test('a running rollout that is looked back at says how wide it may go and what it waits for', () => {
  const running = { events: [], jobs: [], verdicts: [], replay: [], current: canaryRollout };
  const text = shown(recordDetails(running as unknown as RolloutDetail, 80, plain.paint));
  expect(text).toContain('budget     allows');
  expect(text).toContain('it hurts at most 3.1 % more of its clients than stable');
  expect(text).toContain('Waiting for the end of the dwell at 5 %');
});
