import { ALL, type Colour, other } from '../../../core/model.ts';
import type { DesiredRouting } from '../../../core/world.ts';

/** What of a routing decides about falling back. */
export type FallbackRule = Pick<DesiredRouting, 'fallback' | 'split' | 'candidate'>;

/**
 * Where everybody has to go because nobody has watched the canary for too long; null: nowhere. Times in Unix ms.
 * Only a candidate with a part of the traffic is taken back: one with all of it has replaced what was before.
 */
export function fallBackTo(rule: FallbackRule, lastHeartbeat: number, now: number): Colour | null {
  if (rule.fallback === null || now - lastHeartbeat < rule.fallback.after) return null;
  const weight = rule.split[other(rule.fallback.to)];
  return weight > 0 && weight < ALL ? rule.fallback.to : null;
}

/** The same routing with all traffic in one environment. Its revision says that it is no longer what was applied. */
export function allTo<R extends DesiredRouting & { readonly revision: string }>(routing: R, to: Colour): R {
  const split = { [to]: ALL, [other(to)]: 0 } as Record<Colour, number>;
  return { ...routing, split, fallback: null, revision: `${routing.revision}+fallback` };
}
