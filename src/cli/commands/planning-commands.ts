/** The commands that release nothing: what a plan means, what is to be expected of it, and the judge alone. */
import type { Command, Option } from './command.ts';
import { file, json } from './common-options.ts';

const rate: Option = {
  value: 'RATE',
  kind: 'text',
  summary: 'clients a second (20/s, 300/m), or requests (500rps)',
};
const baseRate: Option = {
  value: 'SHARE',
  kind: 'text',
  summary: 'of the stable’s requests that fail (default: 0.1%)',
};

const latency: Option = {
  value: 'TIME',
  kind: 'text',
  summary: 'half of the requests take less, e.g. 80ms or 80ms/300ms (the second: 95 %), or off',
};

export const PLANNING_COMMANDS: readonly Command[] = [
  {
    name: 'explain',
    summary: 'show the plan that a file means, and what to expect of it',
    details: [
      'With --rate, or where the daemon sees traffic of the service, some rollouts are simulated: how long a healthy release takes, ' +
        'and how many clients a bad one would hurt.',
    ],
    arguments: [file],
    options: {
      service: { value: 'NAME', kind: 'text', summary: 'only this service of the file' },
      rate,
      'base-rate': baseRate,
      latency,
      json,
    },
    examples: [
      { line: 'teal explain', does: 'steps, durations, gates, and what may end the rollout' },
      { line: 'teal explain --rate 50/s', does: 'the same, and what a bad release would do' },
    ],
  },
  {
    name: 'simulate',
    summary: 'try a plan on thousands of simulated releases',
    details: [
      'Whole rollouts by the code that decides real ones, in a simulated world. Says how long they take, how many clients they hurt, ' +
        'and how often healthy releases are taken back. Nothing is released; no daemon is needed.',
      'A regression is a share of requests that fail (5%), a ratio to the stable’s rate (5x), a time (1.5x slower), or crash, each also “after 3m”.',
    ],
    arguments: [file],
    options: {
      service: { value: 'NAME', kind: 'text', summary: 'this service of a file with several' },
      rate,
      'base-rate': baseRate,
      latency,
      requests: { value: 'N', kind: 'text', summary: 'requests of each client (default: 1)' },
      audience: { value: 'N', kind: 'text', summary: 'so many clients, who come again and again' },
      regression: { value: 'LIST', kind: 'text', summary: 'what is wrong (default: 1%,5%,50%)' },
      runs: { value: 'N', kind: 'text', summary: 'releases of each kind (default: 50)' },
      seed: { value: 'N', kind: 'text', summary: 'another one, other chances (default: 1)' },
      compare: { summary: 'beside the rules of Argo Rollouts, Flagger and Kayenta' },
      argo: { value: 'SETTINGS', kind: 'text', summary: 'compare; interval, success, failures, step' },
      flagger: {
        value: 'SETTINGS',
        kind: 'text',
        summary: 'compare; interval, success, threshold, step, max',
      },
      kayenta: {
        value: 'SETTINGS',
        kind: 'text',
        summary: 'compare; interval, lifetime, weight, pass, marginal',
      },
      json,
    },
    examples: [
      {
        line: 'teal simulate --rate 50/s',
        does: 'the plan of this folder’s teal.yaml, at 50 clients a second',
      },
      { line: 'teal simulate --rate 500/s --regression "5x,10% after 3m" --compare', does: 'beside others' },
      { line: 'teal simulate --flagger interval=30s,threshold=5', does: 'beside Flagger, set that way' },
    ],
  },
  {
    name: 'judge',
    summary: 'read counts as NDJSON, write verdicts as NDJSON',
    details: [
      'The judge alone, for history and for other systems. One line in, one line out:',
      '  in   {"t":"2026-01-01T00:00:01Z","stable":{"n":90,"bad":1},"candidate":{"n":10,"bad":2}}',
      'Lines may name a "metric" and a "series"; different ones are judged independently.',
    ],
    arguments: [],
    options: {
      'alpha-harm': { value: 'P', kind: 'text', summary: 'chance of a false harm verdict' },
      'alpha-safe': { value: 'P', kind: 'text', summary: 'chance of a false safe verdict' },
      tolerate: { value: 'RATIO', kind: 'text', summary: 'how much worse is still fine, e.g. 1.25' },
      floor: { value: 'RATE', kind: 'text', summary: 'a rate that is always fine, e.g. 0.001' },
      budget: { value: 'CLIENTS', kind: 'text', summary: 'clients that a bad release may hurt' },
      'clients-per-second': {
        value: 'N',
        kind: 'text',
        summary: 'traffic, for the weight the budget allows',
      },
      'keep-going': { summary: 'report a malformed line and go on' },
    },
    examples: [{ line: 'teal judge --tolerate 1.25 < blocks.ndjson', does: 'judges what a file holds' }],
  },
];
