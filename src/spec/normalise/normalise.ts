/** Fills in what a careful operator would choose. Structure was validated before; nothing here can fail. */
import { dirname, resolve } from 'node:path';
import type { InstanceProtocol } from '../../core/service/http-spec.ts';
import {
  type EnvValue,
  type HookName,
  type HookSpec,
  JUDGE_DEFAULTS,
  type JudgeSpec,
  type ListenSpec,
  type ReadyProbe,
  type ReadySpec,
  type ServiceSpec,
  type SkewSpec,
  type StrategySpec,
} from '../../core/service/service-spec.ts';
import type { FileHook, FileReady, FileService } from '../schema/service.ts';
import { normaliseChecks } from './normalise-checks.ts';
import { normaliseHttp } from './normalise-http.ts';
import { normaliseLatency } from './normalise-latency.ts';
import { normaliseListen } from './normalise-listen.ts';
import { defaultStrategy, normaliseStrategy } from './normalise-strategy.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** `file` is the absolute path of the teal.yaml; `source` is relative to its folder. */
export function normalise(name: string, written: FileService, file: string): ServiceSpec {
  const listen = written.listen === undefined ? null : normaliseListen(written.listen, dirname(file));
  const strategy = normaliseStrategy(written.strategy ?? 'canary', listen === null);
  const bake = typeof written.bake === 'object' ? written.bake : { for: written.bake };
  const bakeFor = bake.for ?? 10 * MINUTE;
  const judge = normaliseJudge(written.judge, listen !== null);
  return {
    service: name,
    run: written.run,
    source: resolve(dirname(file), written.source ?? '.'),
    build: written.build ?? null,
    env: normaliseEnv(written.env),
    instances: written.instances ?? 1,
    ready: normaliseReady(written.ready, listen, written.http?.protocol),
    stop: { signal: written.stop?.signal ?? 'SIGTERM', within: written.stop?.within ?? 30 * SECOND },
    listen,
    platform: 'process',
    router: 'embedded',
    strategy,
    judge,
    checks: normaliseChecks(written.checks ?? []),
    hooks: normaliseHooks(written.hooks),
    dwell: written.dwell ?? 30 * SECOND,
    bake: bakeFor,
    onAlarm:
      written['on-alarm'] ?? ('on-alarm' in bake ? bake['on-alarm'] : undefined) ?? defaultAlarm(strategy),
    // Nothing holds work back from a worker's old instances but stopping them.
    keep: keepIn(written) ?? (listen === null ? 0 : bakeFor),
    user: written.user ?? null,
    metrics: (written.metrics ?? []).flatMap((entry) =>
      Object.entries(entry).map(([metric, settings]) => ({
        name: metric,
        run: settings.run,
        every: settings.every ?? 10 * SECOND,
        within: settings.within ?? 10 * SECOND,
        tolerate: settings.tolerate ?? judge.errors.tolerate,
        floor: settings.floor ?? judge.errors.floor,
      })),
    ),
    freeze: written.freeze ?? [],
    keepReleases: written['keep-releases'] ?? 5,
    http: normaliseHttp(written.limits, written.http),
    hold: written.hold ?? 2 * SECOND,
    drain: written.drain ?? 30 * SECOND,
    fallback: written.fallback ?? MINUTE,
    skew: normaliseSkew(written.skew),
  };
}

/**
 * The same service with the other strategy at its defaults, as `teal deploy --strategy` wants it; settings of a
 * strategy of the same kind are kept.
 */
export function withStrategy(spec: ServiceSpec, kind: StrategySpec['kind']): ServiceSpec {
  if (spec.strategy.kind === kind) return spec;
  const { identify, always } = spec.strategy;
  const strategy = { ...defaultStrategy(kind, spec.listen === null), identify, always };
  const onAlarm = spec.onAlarm === defaultAlarm(spec.strategy) ? defaultAlarm(strategy) : spec.onAlarm;
  return { ...spec, strategy, onAlarm };
}

/** Users of a blue-green service do not mix versions, so it goes back at once; a canary asks the judge again. */
function defaultAlarm(strategy: StrategySpec): ServiceSpec['onAlarm'] {
  return strategy.kind === 'blue-green' ? 'rollback' : 'retreat';
}

function keepIn(written: FileService): number | undefined {
  if (typeof written.strategy === 'object' && 'blue-green' in written.strategy) {
    return written.strategy['blue-green'].keep ?? written.keep;
  }
  return written.keep;
}

/** Names with a hash are of one content only, so whoever has it may answer: on unless it is switched off. */
function normaliseSkew(written: FileService['skew']): SkewSpec | null {
  if (written === 'off' || written === false) return null;
  return { paths: written?.paths ?? 'hashed', pin: written?.pin ?? 0 };
}

type ProbeSettings = Pick<Exclude<FileReady, { method: string }>, 'every' | 'timeout' | 'within'>;

/** A worker without `ready` counts as ready once it lives through its first probe. */
function normaliseReady(
  written: FileReady | undefined,
  listen: ListenSpec | null,
  protocol: InstanceProtocol | undefined,
): ReadySpec {
  const settings: ProbeSettings = written !== undefined && !('method' in written) ? written : {};
  return {
    ...probeOf(written, listen, protocol),
    every: settings.every ?? SECOND,
    timeout: settings.timeout ?? 2 * SECOND,
    within: settings.within ?? MINUTE,
  };
}

function probeOf(
  written: FileReady | undefined,
  listen: ListenSpec | null,
  protocol: InstanceProtocol | undefined,
): ReadyProbe {
  // HTTP/1.1 goes without saying.
  const spoken = protocol === 'h2c' ? { protocol } : {};
  if (written === undefined) return listen ? { kind: 'tcp' } : { kind: 'command', command: 'true' };
  if ('method' in written) return { kind: 'http', ...written, ...spoken };
  if ('http' in written) return { kind: 'http', ...written.http, ...spoken };
  return 'tcp' in written ? { kind: 'tcp' } : { kind: 'command', command: written.command };
}

function normaliseEnv(written: FileService['env']): Record<string, EnvValue> {
  return Object.fromEntries(
    Object.entries(written ?? {}).map(([key, value]) => [
      key,
      typeof value === 'object' ? { from: value.from } : { value: String(value) },
    ]),
  );
}

function normaliseJudge(written: FileService['judge'], isServed: boolean): JudgeSpec {
  return {
    errors: { tolerate: written?.errors?.tolerate ?? 1.25, floor: written?.errors?.floor ?? 0.001 },
    latency: normaliseLatency(written?.latency, isServed),
    alphaHarm: written?.['alpha-harm'] ?? 0.01,
    alphaSafe: written?.['alpha-safe'] ?? 0.05,
    budget: written?.budget ?? 10,
    alphaBudget: written?.['alpha-budget'] ?? JUDGE_DEFAULTS.alphaBudget,
    alphaBake: written?.['alpha-bake'] ?? JUDGE_DEFAULTS.alphaBake,
    longestWait: written?.['longest-wait'] ?? JUDGE_DEFAULTS.longestWait,
  };
}

function normaliseHooks(written: FileService['hooks']): Partial<Record<HookName, HookSpec>> {
  const hooks: Partial<Record<HookName, HookSpec>> = {};
  for (const [name, hook] of Object.entries(written ?? {})) {
    if (hook !== undefined) hooks[name as HookName] = normaliseHook(hook);
  }
  return hooks;
}

function normaliseHook(written: FileHook): HookSpec {
  const hook = typeof written === 'string' ? { run: written } : written;
  return {
    run: hook.run,
    within: hook.within ?? 10 * MINUTE,
    pointOfNoReturn: hook['point-of-no-return'] ?? false,
  };
}
