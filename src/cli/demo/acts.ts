import type { Version } from './shop.ts';

/** One release of the demo. */
export interface Act {
  readonly title: string;
  /** What the audience should know beforehand. */
  readonly about: string;
  readonly version: Version;
  /** Lines of teal.yaml besides the service's own. */
  readonly settings: readonly string[];
  /** The commands, each without `teal`. */
  readonly commands: readonly (readonly string[])[];
  /** Exit codes that each command should have. */
  readonly expected: readonly number[];
}

/** What the demo shortens, for the audience. */
export const SHORTENED =
  'Times are shortened: 5 s or more at each step instead of 30 s, a bake of 5 s instead of 10 min. Up to 1 % of errors is fine (default 0.1 %), so that a few hundred visitors are proof enough.';

const TIMES = ['dwell: 5s', 'bake: 5s', 'keep: 10m', 'drain: 5s'];
const CANARY = [
  'strategy: { canary: { steps: [5%, 25%, 50%, 100%] } }',
  'judge: { errors: { floor: 1% } }',
  ...TIMES,
];
const CHECKS = [
  'checks:',
  '  - http: GET /',
  '    expect: { status: 200, body: /Welcome/ }',
  '  - load: { rate: 50/s, for: 2s, warm-up: 500ms, p99: 2s, errors: 1% }',
  '    retries: 3', // the demo's own crowd, and whatever else a laptop does, may be in the way once
];

export const FIRST: Pick<Act, 'version' | 'settings'> = {
  version: { name: 'v1' },
  settings: ['strategy: blue-green', 'bake: 0s'],
};

export const ACTS: readonly Act[] = [
  {
    title: 'A good release, as a canary',
    about:
      'v2 gets as many visitors as a bad release may hurt, then more as it proves itself; each stays where it is while the share grows.',
    version: { name: 'v2' },
    settings: CANARY,
    commands: [['deploy', '--wait', 'bake', '--yes', '--message', 'a good one']],
    expected: [0],
  },
  {
    title: 'A bad release, as a canary',
    about: 'v3 answers 30 % of its requests with an error. Nobody watches; Teal does.',
    version: { name: 'v3', failRate: 0.3 },
    settings: CANARY,
    commands: [['deploy', '--wait', 'bake', '--yes', '--message', 'fails 30 %']],
    expected: [3],
  },
  {
    title: 'Blue-green with checks, and a rollback',
    about:
      'v4 is checked in the idle environment, then all traffic switches at once; somebody wants it back.',
    version: { name: 'v4' },
    settings: ['strategy: blue-green', ...TIMES, ...CHECKS],
    commands: [
      ['deploy', '--yes', '--message', 'checked before anybody sees it'],
      ['rollback', 'shop', '--yes'],
    ],
    expected: [0, 0],
  },
  {
    title: 'A release that its check stops',
    about: 'v5 has lost its welcome page. The check finds it before any visitor does.',
    version: { name: 'v5', title: 'Under construction' },
    settings: ['strategy: blue-green', ...TIMES, ...CHECKS],
    commands: [['deploy', '--yes', '--message', 'half finished']],
    expected: [3],
  },
];
