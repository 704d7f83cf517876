import type { ServiceSpec } from '../../../core/service/service-spec.ts';
import type { FileService } from '../../schema/service.ts';
import { formatShare } from '../../units.ts';
import { type Conflict, conflict, type Rule } from './rule.ts';

/** How traffic moves. */
export const strategyRules: readonly Rule[] = [
  { keys: ['strategy'], find: stepOrder },
  { keys: ['strategy'], find: identityWithoutClients },
  { keys: ['strategy', 'skew'], find: pinByInstances },
  { keys: ['listen', 'strategy'], find: evidenceByInstances },
];

function stepOrder(_: ServiceSpec, written: FileService): Conflict[] {
  if (typeof written.strategy !== 'object' || !('canary' in written.strategy)) return [];
  const shares = (written.strategy.canary.steps ?? []).map((step) =>
    typeof step === 'number' ? step : step.weight,
  );
  return shares.flatMap((share, i) => {
    const before = shares[i - 1];
    if (before === undefined || share > before) return [];
    const message = `steps must grow: ${formatShare(share)} comes after ${formatShare(before)}`;
    return [
      conflict(['strategy', 'canary', 'steps', i], message, 'Put the steps into ascending order, each once.'),
    ];
  });
}

function identityWithoutClients(spec: ServiceSpec, written: FileService): Conflict[] {
  if (!spec.listen || typeof written.strategy !== 'object' || !('canary' in written.strategy)) return [];
  const { by, identify } = written.strategy.canary;
  if (by !== 'instances' || identify === undefined || identify === 'auto') return [];
  return [
    conflict(
      ['strategy', 'canary', 'identify'],
      'by: instances does not tell clients apart, so `identify` has no effect',
      'Leave identify out, or write by: clients.',
      'key',
    ),
  ];
}

/** By instances a client is anywhere at any time: there is nothing to keep it on. */
function pinByInstances(spec: ServiceSpec): Conflict[] {
  if (spec.strategy.kind !== 'canary' || spec.strategy.by !== 'instances') return [];
  if (spec.skew === null || spec.skew.pin === 0) return [];
  return [
    conflict(
      ['skew', 'pin'],
      '`pin` keeps clients on a release, and by: instances gives them any',
      'Leave it out, or write by: clients.',
      'key',
    ),
  ];
}

/** A share of the servers has the steps that their number allows, and cannot follow a budget. */
function evidenceByInstances(spec: ServiceSpec, written: FileService): Conflict[] {
  if (typeof written.strategy !== 'object' || !('canary' in written.strategy)) return [];
  if (written.strategy.canary.pace !== 'evidence') return [];
  if (spec.strategy.kind !== 'canary' || spec.strategy.by !== 'instances') return [];
  return [
    conflict(
      ['strategy', 'canary', 'pace'],
      'a share of the instances cannot follow evidence: it has only as many steps as there are instances',
      spec.listen ? 'Write by: clients, or pace: fixed.' : 'Write pace: fixed.',
    ),
  ];
}
