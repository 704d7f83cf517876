import type { ServiceSpec } from '../../../core/service/service-spec.ts';
import { loadDuration } from '../../normalise/normalise-checks.ts';
import type { FileService } from '../../schema/service.ts';
import { formatDuration } from '../../units.ts';
import { type Conflict, conflict, type Rule } from './rule.ts';

/** Checks, by themselves and among each other. */
export const checksRules: readonly Rule[] = [
  { keys: ['bake', 'checks'], find: bakeChecks },
  { keys: ['checks'], find: checkNames },
  { keys: ['checks'], find: checkOrder },
  { keys: ['checks'], find: loadTimes },
];

function bakeChecks(spec: ServiceSpec): Conflict[] {
  if (spec.bake > 0) return [];
  return spec.checks.flatMap((check, i) =>
    check.when.includes('bake')
      ? [
          conflict(
            ['checks', i, 'when'],
            'there is no bake to run this check in: bake is 0',
            'Give bake a time, or leave when out.',
          ),
        ]
      : [],
  );
}

function checkNames(_: ServiceSpec, written: FileService): Conflict[] {
  const names = (written.checks ?? []).map((check) => check.name);
  return names.flatMap((name, i) =>
    name !== undefined && names.indexOf(name) < i
      ? [
          conflict(
            ['checks', i, 'name'],
            `another check is called "${name}" already`,
            'Give each check its own name.',
          ),
        ]
      : [],
  );
}

function checkOrder({ checks }: ServiceSpec, written: FileService): Conflict[] {
  const byName = new Map(checks.map((check) => [check.name, check]));
  return checks.flatMap((check, i) =>
    check.after.flatMap((name, j) => {
      const path = ['checks', i, 'after', ...(Array.isArray(written.checks?.[i]?.after) ? [j] : [])];
      const earlier = byName.get(name);
      if (!earlier) {
        return [
          conflict(
            path,
            `there is no check called "${name}"`,
            `Checks here: ${[...byName.keys()].join(', ')}.`,
          ),
        ];
      }
      if (waitsFor(name, check.name, byName)) {
        return [
          conflict(
            path,
            `"${check.name}" and "${name}" wait for each other`,
            'Leave one of the two after: out.',
          ),
        ];
      }
      const lonely = check.when.find((moment) => !earlier.when.includes(moment));
      if (lonely === undefined) return [];
      const message = `"${name}" does not run at ${lonely}, so "${check.name}" would wait for ever`;
      return [conflict(path, message, `Give "${name}" when: ${lonely} too.`)];
    }),
  );
}

/** Whether `from` runs only after `to` has, directly or through others (or is it). */
function waitsFor(
  from: string,
  to: string,
  checks: ReadonlyMap<string, { readonly after: readonly string[] }>,
): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === to) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...(checks.get(name)?.after ?? []));
  }
  return false;
}

function loadTimes({ checks }: ServiceSpec): Conflict[] {
  return checks.flatMap((check, i) => {
    if (check.kind !== 'load' || check.within >= loadDuration(check)) return [];
    const message = `the load takes ${formatDuration(loadDuration(check))} (warm-up, for, timeout${check.thanStable === null ? '' : ', twice for than-stable'}), longer than within`;
    return [conflict(['checks', i, 'within'], message, 'Give it more time, or leave within out.')];
  });
}
