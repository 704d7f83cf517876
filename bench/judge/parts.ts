/** What a thread of the benchmark can be asked to do: plain data in, plain data out. */
import { type GridPart, type GridResult, gridCell } from './grid-cell.ts';
import { type HoursPart, type HoursResult, healthyHours } from './healthy-hours.ts';
import { type RolloutPart, type RolloutResult, rolloutCell } from './rollout-cell.ts';

export interface Parts {
  readonly grid: { readonly input: GridPart; readonly result: GridResult };
  readonly hours: { readonly input: HoursPart; readonly result: HoursResult };
  readonly rollouts: { readonly input: RolloutPart; readonly result: RolloutResult };
}

export type Kind = keyof Parts;

export type Part = { readonly [K in Kind]: { readonly kind: K; readonly input: Parts[K]['input'] } }[Kind];

export function work(part: Part): Parts[Kind]['result'] | Promise<Parts[Kind]['result']> {
  switch (part.kind) {
    case 'grid':
      return gridCell(part.input);
    case 'hours':
      return healthyHours(part.input);
    case 'rollouts':
      return rolloutCell(part.input);
  }
}
