import { ALL, type Colour } from '../../../core/model.ts';
import { xxh32OfText } from '../../../core/traffic/xxh32.ts';
import type { DesiredRouting } from '../../../core/world.ts';

/** What of a routing decides where a client belongs. */
export type AssignmentRule = Pick<DesiredRouting, 'live' | 'candidate' | 'split' | 'seed'>;

/**
 * The client's place on the ruler from 0 to 9999: `xxh32(identity, seed) mod 10000` over the identity's UTF-8 bytes.
 * A new seed (each rollout) shuffles everybody; within a rollout it never changes.
 */
export function bucketOf(identity: string, seed: number): number {
  return xxh32OfText(identity, seed) % ALL;
}

/**
 * The environment of a client: the candidate if its bucket is below the candidate's weight, else the live one. Since
 * the bucket stays, widening moves clients only towards the candidate.
 */
export function assign(rule: AssignmentRule, identity: string): Colour {
  const { candidate, live, split } = rule;
  if (candidate === null) return split[live] > 0 ? live : heaviest(split);
  const weight = split[candidate];
  if (weight <= 0) return live;
  if (weight >= ALL) return candidate;
  return bucketOf(identity, rule.seed) < weight ? candidate : live;
}

/** Whether a request may go to either environment by the number of its ready instances: both have a share. */
export function sharedByInstances(rule: AssignmentRule & Pick<DesiredRouting, 'by'>): boolean {
  if (rule.by !== 'instances' || rule.candidate === null) return false;
  const weight = rule.split[rule.candidate];
  return weight > 0 && weight < ALL;
}

const heaviest = (split: DesiredRouting['split']): Colour => (split.green > split.blue ? 'green' : 'blue');
