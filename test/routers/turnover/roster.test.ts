import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Roster } from '../../../src/routers/embedded/turnover/roster.ts';

interface Guest {
  readonly name: number;
  place: number;
}

test('whoever has come and not gone is there, whatever the order', () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(9)), { maxLength: 60 });
  fc.assert(
    fc.property(steps, (taken) => {
      const guests = Array.from({ length: 10 }, (_, name): Guest => ({ name, place: 0 }));
      const roster = new Roster<Guest>();
      const model = new Set<number>();
      for (const [comes, name] of taken) {
        const guest = guests[name]!;
        if (!comes) roster.delete(guest);
        else if (!model.has(name)) roster.add(guest);
        if (comes) model.add(name);
        else model.delete(name);
        expect(roster.size).toBe(model.size);
      }
      expect(new Set(roster.all().map((guest) => guest.name))).toEqual(model);
    }),
  );
});

test('those who go while all are looked at do not hide others', () => {
  const roster = new Roster<Guest>();
  for (let name = 0; name < 5; name += 1) roster.add({ name, place: 0 });
  const seen: number[] = [];
  for (const guest of roster.all()) {
    seen.push(guest.name);
    roster.delete(guest);
  }
  expect(seen.sort()).toEqual([0, 1, 2, 3, 4]);
  expect(roster.size).toBe(0);
});
