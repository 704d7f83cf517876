/** The keys of one service. Structure only: what keys mean together is in `conflicts`, defaults are in `normalise`. */
import { z } from 'zod';
import type { StopSignal } from '../../core/service/service-spec.ts';
import { parseFreeze } from '../freeze.ts';
import { check } from './checks.ts';
import {
  clients,
  described,
  duration,
  factor,
  NAME,
  name,
  oneOf,
  section,
  share,
  text,
  time,
  timeFrom,
  words,
} from './helpers.ts';
import { http, limits } from './http.ts';
import { latency } from './latency.ts';
import { listen } from './listen.ts';
import { requestLine } from './requests.ts';
import { skew } from './skew.ts';
import { strategy } from './strategy.ts';

const SIGNALS = [
  'SIGTERM',
  'SIGINT',
  'SIGQUIT',
  'SIGHUP',
  'SIGUSR1',
  'SIGUSR2',
] as const satisfies StopSignal[];

const reference = text<`env:${string}` | `file:${string}`>(
  'E_SPEC_VALUE',
  (input) => {
    if (/^env:[A-Za-z_][A-Za-z0-9_]*$/.test(input)) return { value: input as `env:${string}` };
    if (/^file:\/./.test(input)) return { value: input as `file:${string}` };
    return 'expected env:NAME (of the daemon) or file:/absolute/path';
  },
  '^(env:[A-Za-z_][A-Za-z0-9_]*|file:/.+)$',
);

const envValue = oneOf(
  'a text, or { from: env:NAME } or { from: file:/path }',
  z.string().refine((value) => !value.includes('\0'), { error: 'must not have a zero byte' }),
  z.number(),
  z.boolean(),
  section({ from: described(reference, { description: 'Where the secret is, when an instance starts.' }) }),
);

const probeKeys = {
  every: time({ description: 'Probed this often.', default: '1s' }).optional(),
  timeout: time({ description: 'A probe must be answered by then.', default: '2s' }).optional(),
  within: time({ description: 'An instance must be ready by then.', default: '60s' }).optional(),
};

const ready = oneOf(
  'a request such as "GET /healthz", or a mapping with http, tcp or command',
  requestLine,
  section({ http: described(requestLine, { description: 'Answered with 2xx or 3xx.' }), ...probeKeys }),
  section({
    tcp: described(z.literal(true), { description: 'The port accepts a connection.' }),
    ...probeKeys,
  }),
  section({ command: words({ description: 'Ends with exit code 0.' }), ...probeKeys }),
).meta({
  id: 'ready',
  description: 'How an instance shows that it can serve. Default: its port accepts a connection.',
  examples: ['GET /healthz', { tcp: true }],
});

const hook = oneOf(
  'a command, or { run, within, point-of-no-return }',
  words({ description: 'A command.' }),
  section({
    run: words({ description: 'A command; must be safe to run again.' }),
    within: time({ description: 'Killed after this time, and failed.', default: '10m' }).optional(),
    'point-of-no-return': described(z.boolean(), {
      description: 'Its effects are not undone: a later rollback asks first.',
      default: false,
    }).optional(),
  }),
).meta({ id: 'hook', description: 'A command at this moment of a rollout.' });

/** Of 100 % nothing could ever be worse. */
const floor = (hint: { description: string; default: string }) =>
  share(hint).refine((value) => value < 1, { error: 'must be below 100%' });

const metric = z
  .record(
    z.string().regex(NAME, 'is no name for a metric'),
    section({
      run: words({ description: 'Prints {"bad": n, "total": n} since TEAL_SINCE for TEAL_ENVIRONMENT.' }),
      every: time({ description: 'Run this often.', default: '10s' }).optional(),
      within: time({ description: 'Killed after this time.', default: '10s' }).optional(),
      tolerate: factor({ description: 'Like judge.errors.tolerate.', default: '1.25x' }).optional(),
      floor: floor({ description: 'Like judge.errors.floor.', default: '0.1%' }).optional(),
    }),
  )
  .refine((value) => Object.keys(value).length === 1, { error: 'expected one name and its settings' });

const alarm = z.enum(['rollback', 'retreat', 'hold']);

const alpha = (hint: { description: string; default: string }) =>
  described(
    oneOf('a probability such as 0.01 or 1%', z.number(), share({ description: 'A probability.' })),
    hint,
  ).refine((value) => value > 0 && value <= 0.5, { error: 'must be above 0 and at most 0.5' });

/** Every key but the name. */
export const serviceKeys = {
  run: words({
    description: 'Command of an instance; gets PORT, HOST, TEAL_SERVICE, TEAL_RELEASE, TEAL_ENVIRONMENT.',
    examples: ['node server.js'],
  }),
  source: words({ description: 'Folder that releases are made of.', default: '.' }).optional(),
  build: words({ description: "Run once in the release's own copy.", examples: ['npm ci'] }).optional(),
  env: described(
    z.record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is no name for an environment variable'),
      envValue,
    ),
    {
      description: 'Environment variables; secrets by reference.',
      examples: [{ NODE_ENV: 'production', KEY: { from: 'file:/run/secrets/key' } }],
    },
  ).optional(),
  instances: described(z.int().min(1, 'must be at least 1').max(1000, 'must be at most 1000'), {
    description: 'Instances per environment.',
    default: 1,
  }).optional(),
  ready: ready.optional(),
  stop: section({
    signal: described(z.enum(SIGNALS), {
      description: 'Asks an instance to end.',
      default: 'SIGTERM',
    }).optional(),
    within: duration({ description: 'SIGKILL after this time.', default: '30s' }).optional(),
  })
    .meta({ id: 'stop', description: 'How instances are stopped.' })
    .optional(),
  listen: listen.optional(),
  platform: described(z.literal('process'), {
    description: 'What runs instances.',
    default: 'process',
  }).optional(),
  router: described(z.literal('embedded'), {
    description: 'What moves traffic.',
    default: 'embedded',
  }).optional(),
  strategy: strategy.optional(),
  judge: section({
    errors: section({
      tolerate: factor({
        description: "Up to this many times stable's rate is fine.",
        default: '1.25x',
      }).optional(),
      floor: floor({
        description: 'Up to this rate is fine, whatever stable does.',
        default: '0.1%',
      }).optional(),
    }).optional(),
    latency: latency.optional(),
    budget: clients({
      description:
        'A bad release may hurt so many clients before Teal can react again: sets how wide it goes.',
      default: '10 clients',
      examples: ['10 clients'],
    }).optional(),
    'alpha-harm': alpha({ description: 'Chance to take a fine release back.', default: '1%' }).optional(),
    'alpha-safe': alpha({ description: 'Chance to call a worse release safe.', default: '5%' }).optional(),
    'alpha-budget': alpha({
      description: 'Chance that a release is worse than the budget reckons with.',
      default: '5%',
    }).optional(),
    'alpha-bake': alpha({
      description: 'Chance that a fine release raises an alarm in the bake.',
      default: '0.1%',
    }).optional(),
    'longest-wait': timeFrom(10_000, '10s', {
      description:
        'At the pace of evidence, the longest time at a share in which nothing is proven: then it goes on, or a person is asked.',
      default: '30m',
    }).optional(),
  })
    .meta({ id: 'judge', description: 'When a candidate is worse than stable.' })
    .optional(),
  checks: described(z.array(check), {
    description: 'Run against the idle environment, before any user sees it.',
    default: [],
  }).optional(),
  hooks: section({
    'before-prepare': hook.optional(),
    'before-shift': hook.optional(),
    'after-shift': hook.optional(),
    'after-promote': hook.optional(),
    'after-rollback': hook.optional(),
  })
    .meta({ id: 'hooks', description: 'Commands at moments of a rollout.' })
    .optional(),
  dwell: duration({ description: 'At least this long at every step.', default: '30s' }).optional(),
  bake: described(
    oneOf(
      'a duration, or { for, on-alarm }',
      duration({ description: 'Watched this long at full traffic.' }),
      section({
        for: duration({ description: 'Watched this long at full traffic.', default: '10m' }).optional(),
        'on-alarm': alarm.optional(),
      }),
    ),
    {
      description:
        'Watched this long at full traffic; at the pace of evidence until 100 clients came, too, for a day at most. 0 for not at all.',
      default: '10m',
    },
  ).optional(),
  'on-alarm': described(alarm, {
    description: 'After an alarm in the bake. Default: rollback for blue-green, retreat for canary.',
  }).optional(),
  keep: duration({
    description: 'The old environment stays warm this long.',
    default: 'bake; 0 for a worker',
  }).optional(),
  user: described(z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]*\$?$/, 'is no name of a system user'), {
    description: 'System user of build, hooks, checks and instances.',
  }).optional(),
  metrics: described(z.array(metric), {
    description: 'More evidence, judged like errors.',
    default: [],
    examples: [[{ checkout: { run: './count.sh', every: '10s' } }]],
  }).optional(),
  freeze: described(
    z.array(
      text('E_SPEC_VALUE', (input) => {
        const window = parseFreeze(input);
        return typeof window === 'string' ? window : { value: window };
      }),
    ),
    {
      description: 'No progress then; safety goes on.',
      examples: [['Fri 16:00 - Mon 08:00 Europe/Berlin']],
      default: [],
    },
  ).optional(),
  'keep-releases': described(z.int().min(0, 'must not be negative').max(1000, 'must be at most 1000'), {
    description: 'Old releases kept besides the running and the last good ones.',
    default: 5,
  }).optional(),
  limits: limits.optional(),
  http: http.optional(),
  hold: duration({
    description: 'A request waits this long for an instance before 503.',
    default: '2s',
  }).optional(),
  drain: duration({ description: 'Requests in flight may go on this long.', default: '30s' }).optional(),
  fallback: timeFrom(5_000, '5s', {
    description:
      'Without a daemon for this long in the middle of a canary, the router sends everybody to stable.',
    default: '60s',
  }).optional(),
  skew: skew.optional(),
};

const serviceName = name({ description: 'Name of the service.', examples: ['shop'] });

/** A file with one service. */
export const singleService = section({ service: serviceName, ...serviceKeys });
/** One of several services; its key is its name. */
export const namedService = section(serviceKeys).meta({ id: 'service', description: 'A service.' });
/** A file with several services. */
export const severalServices = section({
  services: described(
    z
      .record(serviceName, namedService)
      .refine((map) => Object.keys(map).length > 0, { error: 'at least one service is needed' }),
    { description: 'Services by name.' },
  ),
});

/** A service as it is written, scalars parsed. */
export type FileService = z.output<typeof namedService>;
export type FileReady = NonNullable<FileService['ready']>;
export type FileHook = z.output<typeof hook>;
export type FileCheck = z.output<typeof check>;
