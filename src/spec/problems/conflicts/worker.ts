import type { ServiceSpec } from '../../../core/service/service-spec.ts';
import type { FileService } from '../../schema/service.ts';
import { type Conflict, conflict, type Rule } from './rule.ts';

/** What needs HTTP traffic, of which a worker has none. */
export const workerRules: readonly Rule[] = [
  { keys: ['listen', 'strategy'], find: workerStrategy },
  { keys: ['listen', 'checks'], find: workerChecks },
  { keys: ['listen', 'judge'], find: workerLatency },
];

/** A worker takes no HTTP traffic: there are no clients to give a share of, and nothing to identify them by. */
function workerStrategy(spec: ServiceSpec, written: FileService): Conflict[] {
  if (spec.listen || typeof written.strategy !== 'object') return [];
  const found: Conflict[] = [];
  if ('canary' in written.strategy && written.strategy.canary.by === 'clients') {
    found.push(
      conflict(
        ['strategy', 'canary', 'by'],
        'without `listen` the service takes no HTTP traffic, so it has no clients to go by',
        'Write by: instances, or add listen:.',
      ),
    );
  }
  const [kind, settings] = Object.entries(written.strategy)[0]!;
  for (const key of ['identify', 'always'] as const) {
    if (settings[key] === undefined) continue;
    const path = ['strategy', kind, key];
    found.push(
      conflict(
        path,
        `\`${key}\` needs HTTP traffic, and there is no \`listen\``,
        'Leave it out, or add listen:.',
        'key',
      ),
    );
  }
  return found;
}

function workerChecks(spec: ServiceSpec): Conflict[] {
  if (spec.listen) return [];
  return spec.checks.flatMap((check, i) =>
    check.kind === 'run'
      ? []
      : [
          conflict(
            ['checks', i],
            'there is no URL to check: the service has no `listen`',
            'Use a run: check, or add listen:.',
          ),
        ],
  );
}

function workerLatency(spec: ServiceSpec, written: FileService): Conflict[] {
  if (spec.listen || !written.judge?.latency) return [];
  const message = 'without `listen` there are no requests whose latency could be judged';
  return [conflict(['judge', 'latency'], message, 'Leave it out, or add listen:.', 'key')];
}
