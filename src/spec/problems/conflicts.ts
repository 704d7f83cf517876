/** What cannot be together, though each key is fine by itself. */
import { isIP } from 'node:net';
import type { ServiceSpec } from '../../core/service/service-spec.ts';
import { loadDuration } from '../normalise/normalise-checks.ts';
import type { FileService } from '../schema/service.ts';
import { formatDuration, formatShare } from '../units.ts';
import type { Finding, Path } from './problem.ts';

type Conflict = Omit<Finding, 'code'>;

interface Rule {
  /** Keys that it looks at: where one of them is wrong by itself, the rule has nothing to say. */
  readonly keys: readonly (keyof FileService)[];
  /** Paths are relative to the service. */
  find(spec: ServiceSpec, written: FileService): Conflict[];
}

/** Conflicts within one service; `broken` keys have errors of their own and were left out of `written`. */
export function conflictsIn(spec: ServiceSpec, written: FileService, broken: ReadonlySet<string>): Finding[] {
  return RULES.filter((rule) => !rule.keys.some((key) => broken.has(key)))
    .flatMap((rule) => rule.find(spec, written))
    .map((conflict) => ({ code: 'E_SPEC_CONFLICT', ...conflict }));
}

const conflict = (
  path: Path,
  message: string,
  suggestion: string,
  at: 'key' | 'value' = 'value',
): Conflict => ({
  path,
  at,
  message,
  suggestion,
});

const RULES: readonly Rule[] = [
  { keys: ['listen'], find: redirection },
  { keys: ['listen'], find: orderedForNobody },
  { keys: ['listen', 'strategy'], find: workerStrategy },
  { keys: ['listen', 'checks'], find: workerChecks },
  { keys: ['listen', 'judge'], find: workerLatency },
  { keys: ['metrics', 'judge'], find: metricNamedLatency },
  { keys: ['strategy'], find: stepOrder },
  { keys: ['strategy'], find: identityWithoutClients },
  { keys: ['strategy', 'skew'], find: pinByInstances },
  { keys: ['listen', 'strategy'], find: evidenceByInstances },
  { keys: ['strategy', 'keep'], find: keepTwice },
  { keys: ['bake', 'on-alarm'], find: alarmTwice },
  { keys: ['bake', 'checks'], find: bakeChecks },
  { keys: ['ready'], find: readyTimes },
  { keys: ['checks'], find: checkNames },
  { keys: ['checks'], find: checkOrder },
  { keys: ['checks'], find: loadTimes },
  { keys: ['metrics'], find: metricNames },
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

/** A redirection leads from one port without TLS to another one with it. */
function redirection({ listen }: ServiceSpec): Conflict[] {
  if (listen?.redirect === undefined) return [];
  const path = ['listen', 'redirect'];
  if (listen.tls === undefined) {
    return [
      conflict(path, '`redirect` leads to https, and there is no `tls`', 'Add tls, or leave it out.', 'key'),
    ];
  }
  if (listen.redirect !== listen.port) return [];
  return [
    conflict(path, '`redirect` and `port` are the same port', 'Redirect from another port, such as 80.'),
  ];
}

/** Authorities certify public names: nothing without a dot, and no address. */
function orderedForNobody({ listen }: ServiceSpec): Conflict[] {
  if (listen?.tls?.acme === undefined) return [];
  const path = ['listen', 'tls', 'acme'];
  if (listen.host === null) {
    return [conflict(path, 'a certificate is ordered for a `host`, and there is none', 'Add host.', 'key')];
  }
  if (listen.host.includes('.') && isIP(listen.host) === 0) return [];
  const message = `"${listen.host}" is no public name, so no authority certifies it`;
  return [conflict(['listen', 'host'], message, 'Use a name such as shop.example.com.')];
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

function metricNamedLatency(spec: ServiceSpec): Conflict[] {
  return spec.metrics.flatMap(({ name }, i) =>
    name === 'latency'
      ? [
          conflict(
            ['metrics', i, name],
            '`latency` is what Teal itself measures',
            'Give the metric another name.',
            'key',
          ),
        ]
      : [],
  );
}

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

function metricNames(spec: ServiceSpec): Conflict[] {
  const names = spec.metrics.map((metric) => metric.name);
  return names.flatMap((name, i) => {
    if (name === 'errors') {
      return [
        conflict(
          ['metrics', i, name],
          '`errors` is what Teal itself measures',
          'Give the metric another name.',
          'key',
        ),
      ];
    }
    return names.indexOf(name) < i
      ? [
          conflict(
            ['metrics', i, name],
            `another metric is called "${name}" already`,
            'Give each metric its own name.',
            'key',
          ),
        ]
      : [];
  });
}
