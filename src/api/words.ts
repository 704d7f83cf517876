/** Figures and steps in words, for people. */
import type { Colour, Split, Step } from '../core/model.ts';

/** `5 %`, `0.5 %`. */
export const share = (basisPoints: number): string => `${basisPoints / 100} %`;

/** `90 % blue, 10 % green`, or `all on green`. */
export function splitWords({ blue, green }: Split): string {
  const only = (colour: Colour) => `all on ${colour}`;
  if (green === 0) return only('blue');
  if (blue === 0) return only('green');
  return `${share(blue)} blue, ${share(green)} green`;
}

/** `10m`, `90s`, `300ms`: the largest unit that says it without a fraction. */
export function duration(ms: number): string {
  for (const [unit, size] of UNITS) if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  return `${Math.round(ms)}ms`;
}
const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** A step by its kind, e.g. `observe at 5 %`. */
export function stepName(step: Step): string {
  switch (step.kind) {
    case 'hook':
      return `hook ${step.hook}`;
    case 'shift':
      return `shift to ${share(step.weight)}`;
    case 'observe':
      return `observe at ${share(step.weight)}`;
    default:
      return step.kind;
  }
}

/** What a step does, e.g. `5 % of clients`; `isPaced`: evidence says how long. */
export function stepLabel(step: Step, by: 'clients' | 'instances', isPaced = false): string {
  const unit = by === 'clients' ? 'clients' : 'instances';
  switch (step.kind) {
    case 'hook':
      return `hook ${step.hook}`;
    case 'prepare':
      return 'start the candidate';
    case 'verify':
      return `checks: ${step.checks.join(', ')}`;
    case 'approve':
      return 'approval';
    case 'shift':
      return step.weight === 10_000 ? `all ${unit}` : `${share(step.weight)} of ${unit}`;
    case 'observe':
      return isPaced
        ? `watch ${share(step.weight)}, ${duration(step.dwell)} or more`
        : `watch ${share(step.weight)} for ${duration(step.dwell)}`;
    case 'bake':
      return isPaced ? `bake, ${duration(step.for)} or more` : `bake for ${duration(step.for)}`;
  }
}
