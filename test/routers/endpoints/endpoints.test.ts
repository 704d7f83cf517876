import { describe, expect, it } from 'vitest';
import { createEndpointState, type EndpointState } from '../../../src/routers/embedded/endpoints/endpoint.ts';
import { leastLoadedOfTwo } from '../../../src/routers/embedded/endpoints/least-loaded.ts';
import { RetryBudget } from '../../../src/routers/embedded/endpoints/retry-budget.ts';

describe('choice among instances', () => {
  it('takes the less loaded of two, and is not stuck on one', () => {
    const states = [1, 2, 3].map((port) => createEndpointState({ host: 'h', port }, () => {}));
    const counts = new Map<number, number>();
    for (let request = 0; request < 3_000; request += 1) {
      const chosen = leastLoadedOfTwo(states)!;
      chosen.inFlight += 1;
      counts.set(chosen.address.port, (counts.get(chosen.address.port) ?? 0) + 1);
    }
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(20);
    expect(leastLoadedOfTwo([])).toBeNull();
  });

  it('requests are sent again within a budget: 100, or a fifth of those of the last ten seconds', () => {
    const budget = new RetryBudget();
    const spent = () => {
      let count = 0;
      while (budget.spend()) count += 1;
      return count;
    };
    let now = 1_000_000;
    budget.advance(now);
    expect(spent()).toBe(100);
    for (let i = 0; i < 1_000; i += 1) budget.count();
    expect(spent()).toBe(100);
    now += 5_000;
    budget.advance(now);
    for (let i = 0; i < 500; i += 1) budget.count();
    expect(spent()).toBe(100);
    now += 5_000;
    budget.advance(now);
    expect(spent()).toBe(0);
    budget.advance(now + 60_000);
    expect(spent()).toBe(100);
  });

  it('an instance that has just become healthy gets a share that grows, unless all have', () => {
    const states = [1, 2].map((port) => createEndpointState({ host: 'h', port }, () => undefined));
    const [warm, cold] = states as [EndpointState, EndpointState];
    warm.report('ok');
    const share = (slowStart: number) => {
      let count = 0;
      for (let i = 0; i < 1_000; i += 1) {
        // A share of the draws in [0, 1), so that nothing is left to chance.
        let draw = 0;
        const random = () => [i % 2 === 0 ? 0.1 : 0.9, 0, i / 1_000][draw++]!;
        if (leastLoadedOfTwo(states, Number.POSITIVE_INFINITY, slowStart, random) === cold) count += 1;
      }
      return count;
    };
    while (performance.now() - warm.healthySince < 1);
    cold.report('ok');
    expect(share(0)).toBe(500);
    expect(share(3_600_000)).toBeLessThan(10);
    expect(share(0.001)).toBe(500);
  });
});

describe('health of an endpoint', () => {
  it('is lost after two failures, or at once by a refused connection', () => {
    const state = createEndpointState({ host: 'h', port: 1 }, () => {});
    state.report('failed');
    expect(state.health).toBe('starting');
    state.report('ok');
    state.report('failed');
    expect(state.health).toBe('healthy');
    state.report('ok');
    state.report('failed');
    state.report('failed');
    expect(state.health).toBe('unhealthy');
    state.report('ok');
    state.report('refused');
    expect(state.health).toBe('unhealthy');
  });
});
