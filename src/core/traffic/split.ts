import { ALL, type Colour, other, type Split } from '../model.ts';

/** `weight` (basis points) there, the rest to the other one. */
export function splitTo(colour: Colour, weight: number = ALL): Split {
  const rest = ALL - weight;
  return other(colour) === 'blue' ? { blue: rest, green: weight } : { blue: weight, green: rest };
}

export function sameSplit(a: Split | null, b: Split | null): boolean {
  return a === b || (a !== null && b !== null && a.blue === b.blue && a.green === b.green);
}
