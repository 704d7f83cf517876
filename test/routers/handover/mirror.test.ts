import { describe, expect, it } from 'vitest';
import type { Routing } from '../../../src/core/world.ts';
import { createMirror } from '../../../src/routers/embedded/handover/mirror.ts';
import { routing } from '../support/routing.ts';

describe('what the new router takes up of the old one', () => {
  const entryOf = (change: object) => ({
    routing: { ...routing(80, []), ...change } as Routing,
    fellBackAt: null,
  });

  it('is refused whole where this Teal could not serve by an entry', () => {
    const handed = { readings: [], challenges: [], watched: [] };
    const entries = [entryOf({}), entryOf({ service: 'other', by: 'magic' })];
    expect(() => createMirror().begin({ ...handed, entries })).toThrow('The router cannot use this routing');
  });

  it('is kept up with until it has it', () => {
    const mirror = createMirror();
    mirror.begin({
      entries: [entryOf({})],
      readings: [['shop', [['127.0.0.1\n80', 'up']]]],
      challenges: [],
      watched: ['a'],
    });
    mirror.learn('apply', { entry: entryOf({ service: 'other' }), health: [['127.0.0.1\n81', 'down']] });
    mirror.learn('health', { service: 'shop', readings: [['127.0.0.1\n80', 'down']] });
    mirror.learn('watch', { key: 'b' });
    mirror.learn('unwatch', { key: 'a' });
    const { orders } = mirror;
    expect([...orders.table.keys()]).toEqual(['shop', 'other']);
    expect(orders.readings('shop')).toEqual([['127.0.0.1\n80', 'down']]);
    expect(orders.readings('other')).toEqual([['127.0.0.1\n81', 'down']]);
    expect(orders.watched()).toEqual(['b']);
    mirror.learn('remove', { service: 'shop' });
    expect([...orders.table.keys()]).toEqual(['other']);
  });
});
