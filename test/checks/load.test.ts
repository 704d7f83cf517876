import { expect, test } from 'vitest';
import { judge } from '../../src/checks/load/judgement.ts';
import { lengthOf, requestsOf, segments, sendAt, uncounted } from '../../src/checks/load/schedule.ts';
import { type LoadStatistics, merged, percentile, statisticsOf } from '../../src/checks/load/statistics.ts';
import { load, runCheck, serve } from './support.ts';

// A machine that is too busy to send the load makes a check inconclusive, which is right and not what is tested here.
// It is tried again a little later, when other files may be done.
const REAL_TIME = { retry: { count: 12, delay: 2_000 } };

const answers = (n: number, latency: number, lag = 0): LoadStatistics =>
  statisticsOf(Array.from({ length: n }, () => ({ latency, lag, error: null })));

test('send times are fixed by the rate alone', () => {
  const stretch = { arm: 'candidate', warmUp: 1_000, for: 2_000 } as const;
  expect(requestsOf(stretch, 50)).toBe(150);
  expect(uncounted(stretch, 50)).toBe(50);
  expect([0, 1, 49, 50].map((index) => sendAt(index, 50))).toEqual([0, 20, 980, 1_000]);
  expect(requestsOf({ arm: 'candidate', warmUp: 0, for: 100 }, 0.5)).toBe(1);
});

test('compared with stable, halves are interleaved so that a drift weighs the same on both', () => {
  const stretches = segments({ for: 10_000, warmUp: 1_000 }, true);
  expect(stretches.map((one) => [one.arm, one.warmUp, one.for])).toEqual([
    ['stable', 1_000, 5_000],
    ['candidate', 1_000, 5_000],
    ['candidate', 0, 5_000],
    ['stable', 0, 5_000],
  ]);
  expect(lengthOf(stretches)).toBe(22_000);
  expect(segments({ for: 10_000, warmUp: 1_000 }, false)).toEqual([
    { arm: 'candidate', warmUp: 1_000, for: 10_000 },
  ]);
});

test('statistics of stretches add up', () => {
  const whole = merged([
    answers(90, 10),
    statisticsOf([
      { latency: 900, lag: 3, error: 'timed out' },
      { latency: null, lag: 0, error: 'no answer' },
    ]),
  ]);
  expect(whole).toMatchObject({ requests: 92, errors: { 'timed out': 1, 'no answer': 1 } });
  expect(percentile(whole.latency, 0.5)).toBeGreaterThanOrEqual(10);
  expect(percentile(whole.latency, 0.5)).toBeLessThanOrEqual(10.7);
  expect(percentile(whole.latency, 1)).toBeGreaterThanOrEqual(900);
  expect(percentile([], 0.5)).toBeNull();
});

test('limits are judged one by one, and the summary has the figures', () => {
  const spec = load({ rate: 50, p99: 300 });
  expect(judge(spec, answers(100, 200), null)).toMatchObject({ outcome: 'passed', reasons: [] });
  const slow = judge(spec, answers(100, 800), null);
  expect(slow.outcome).toBe('failed');
  expect(slow.summary).toMatch(/^p99 8\d\d ms is above 300 ms at 50 requests a second$/);
  const failing = merged([
    answers(98, 1),
    statisticsOf([
      { latency: 1, lag: 0, error: 'status 500' },
      { latency: 1, lag: 0, error: 'status 500' },
    ]),
  ]);
  expect(judge(load({ errors: 0.01 }), failing, null).summary).toBe(
    '2 % of the requests failed (2 of 100), more than 1 %, at 100 requests a second',
  );
  expect(judge(load({ errors: 0.02 }), failing, null).outcome).toBe('passed');
});

test('a generator that was late proves nothing, neither good nor bad', () => {
  const late = judge(load({ p99: 1 }), answers(1_000, 800, 250), null);
  expect(late.outcome).toBe('failed');
  expect(late.summary).toMatch(/^Inconclusive: the load generator was 2\d\d ms behind its schedule at p99/);
  expect(late.reasons).toHaveLength(1);
});

test('percentiles are compared with stable only where enough requests lie beyond them', () => {
  const spec = load({ thanStable: 1.2 });
  const twice = judge(spec, answers(200, 200), answers(200, 100));
  expect(twice.summary).toMatch(/^p50 2\d\d ms is 2 times stable's 10\d ms, more than 1.2 times$/);
  expect(twice.reasons).toHaveLength(2);
  expect(twice.notes).toEqual(['p99 was not compared: it takes 1,000 answers of each.']);
  expect(judge(spec, answers(1_000, 200), answers(1_000, 100)).reasons).toHaveLength(3);
  expect(judge(spec, answers(1_000, 3), answers(1_000, 1)).outcome).toBe('passed');
  expect(judge(spec, answers(10, 200), answers(10, 100)).summary).toContain('Too few answers');
});

test('a healthy service passes, and only what comes after the warm-up counts', REAL_TIME, async () => {
  let asked = 0;
  const url = await serve((req, res) => {
    asked += 1;
    res.writeHead(asked <= 20 ? 500 : 200).end(`${req.method} ${req.url}`);
  });
  const result = await runCheck(load({ rate: 100, warmUp: 400, for: 600, errors: 0 }), { url });
  expect(asked).toBe(100);
  expect(result.evidence).toContain('GET / at 100 requests a second for 600 ms, after 400 ms of warm-up');
  expect(result).toMatchObject({
    outcome: 'passed',
    summary: expect.stringContaining('60 requests at 100 a second'),
  });
});

test('a stall is charged to every request that was due meanwhile', REAL_TIME, async () => {
  // Each answer takes 1 ms but for one stall of 500 ms. A closed loop would wait in the stall and send nothing: one
  // slow request in a hundred, p95 of a few ms. Users do not wait for each other.
  let stalledUntil = 0;
  let asked = 0;
  const url = await serve((_, res) => {
    asked += 1;
    if (asked === 20) stalledUntil = performance.now() + 500;
    setTimeout(() => res.end('ok'), Math.max(1, stalledUntil - performance.now()));
  });
  const result = await runCheck(load({ rate: 100, for: 1_000, p95: 300 }), { url });
  expect(asked).toBe(100);
  expect(result.summary).toMatch(/^p95 \d{3} ms is above 300 ms at 100 requests a second$/);
});

test('what the daemon does meanwhile delays no request', REAL_TIME, async () => {
  const url = await serve((_, res) => {
    res.end('ok');
    // Once, when the load is on its way, this process does nothing else for longer than the generator may be late.
    const until = performance.now() + (busy ? 400 : 0);
    busy = false;
    while (performance.now() < until);
  });
  let busy = true;
  const result = await runCheck(load({ rate: 100, for: 1_000 }), { url });
  expect(result).toMatchObject({ outcome: 'passed', summary: expect.stringContaining('100 requests') });
});

test('errors are counted by their reason', REAL_TIME, async () => {
  let asked = 0;
  const url = await serve((req, res) => {
    asked += 1;
    if (asked % 4 === 1) res.writeHead(503).end();
    else if (asked % 4 === 2) req.socket.destroy();
    else if (asked % 4 === 3) res.end('ok');
  });
  const result = await runCheck(load({ rate: 100, for: 400, timeout: 300, errors: 0.1 }), { url });
  expect(result.summary).toBe(
    '75 % of the requests failed (30 of 40), more than 10 %, at 100 requests a second',
  );
  for (const line of ['10 x status 503', '10 x timed out', '10 x no answer'])
    expect(result.evidence).toContain(line);
});

test('a service that answers nothing right fails even without limits', REAL_TIME, async () => {
  const url = await serve((_, res) => res.writeHead(404).end());
  expect((await runCheck(load({ rate: 50, for: 200 }), { url })).summary).toBe(
    'None of 10 requests succeeded at 50 requests a second',
  );
});

const taking = (ms: number) => serve((_, res) => void setTimeout(() => res.end('ok'), ms));

test('a candidate much slower than stable fails', REAL_TIME, async () => {
  const result = await runCheck(load({ rate: 100, for: 600, thanStable: 2 }), {
    url: await taking(150),
    stableUrl: await taking(1),
  });
  expect(result.outcome).toBe('failed');
  expect(result.summary).toMatch(/^p50 1\d\d ms is .* times stable's .*, more than 2 times$/);
  expect(result.evidence).toContain(
    'in this order: stable 300 ms, candidate 300 ms, candidate 300 ms, stable 300 ms',
  );
});

test('a candidate like stable passes', REAL_TIME, async () => {
  const result = await runCheck(load({ rate: 100, for: 600, thanStable: 5 }), {
    url: await taking(40),
    stableUrl: await taking(40),
  });
  expect(result).toMatchObject({ outcome: 'passed' });
});

test('without a stable release the comparison is skipped, and says so', REAL_TIME, async () => {
  const result = await runCheck(load({ rate: 100, for: 200, thanStable: 1.2 }), { url: await taking(1) });
  expect(result.outcome).toBe('passed');
  expect(result.evidence).toContain('Not compared with stable: there is no stable release yet.');
});

test('a load that cannot end in time says so at once', async () => {
  const result = await runCheck(load({ for: 60_000, thanStable: 2, warmUp: 1_000 }), {
    url: 'http://127.0.0.1:1',
    stableUrl: 'http://127.0.0.1:1',
    within: 90_000,
  });
  expect(result.summary).toMatch(/^It needs 2\.03 min and has (60|59\.\d) s$/);
});

test('stops when nobody wants the result any more', async () => {
  const stop = new AbortController();
  const url = await serve((_, res) => {
    stop.abort();
    res.end();
  });
  const result = await runCheck(load({ rate: 50, for: 20_000 }), { url, signal: stop.signal });
  expect(result).toMatchObject({ outcome: 'failed', summary: 'The load was stopped' });
});
