import type { ServiceSpec } from '../../../core/service/service-spec.ts';
import type { FileService } from '../../schema/service.ts';
import { formatDuration } from '../../units.ts';
import { type Conflict, conflict, type Rule } from './rule.ts';

/** What is given twice, and times that cannot both hold. */
export const timeRules: readonly Rule[] = [
  { keys: ['strategy', 'keep'], find: keepTwice },
  { keys: ['bake', 'on-alarm'], find: alarmTwice },
  { keys: ['ready'], find: readyTimes },
];

function keepTwice(_: ServiceSpec, written: FileService): Conflict[] {
  if (written.keep === undefined || typeof written.strategy !== 'object') return [];
  if (!('blue-green' in written.strategy) || written.strategy['blue-green'].keep === undefined) return [];
  return [conflict(['keep'], '`keep` is also in strategy.blue-green', 'Keep one of the two.', 'key')];
}

function alarmTwice(_: ServiceSpec, written: FileService): Conflict[] {
  if (written['on-alarm'] === undefined || typeof written.bake !== 'object') return [];
  if (written.bake['on-alarm'] === undefined) return [];
  return [conflict(['on-alarm'], '`on-alarm` is also in bake', 'Keep one of the two.', 'key')];
}

function readyTimes({ ready }: ServiceSpec): Conflict[] {
  return (['timeout', 'every'] as const).flatMap((key) =>
    ready[key] <= ready.within
      ? []
      : [
          conflict(
            ['ready', key],
            `${key} (${formatDuration(ready[key])}) is longer than within (${formatDuration(ready.within)})`,
            'Make within the longer one.',
          ),
        ],
  );
}
