/** Every command, as data. The order is the order of `teal --help`. */
import type { Argument, Command, Option } from './command.ts';

const json: Option = { summary: 'print the API’s JSON' };
const yes: Option = { short: 'y', summary: 'answer every question with yes' };
const noWait: Option = { summary: 'return as soon as it is under way' };
const service = (required = false): Argument => ({
  name: 'service',
  kind: 'service',
  required,
  summary: required ? 'the service' : 'the service; may be left out where there is only one',
});
const file: Argument = {
  name: 'file',
  kind: 'file',
  required: false,
  summary: 'the file, or the folder with a teal.yaml (default: here)',
};

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

export const COMMANDS: readonly Command[] = [
  {
    name: 'init',
    summary: 'look at a project and write a commented teal.yaml',
    details: ['Never overwrites a file.'],
    arguments: [
      { name: 'dir', kind: 'folder', required: false, summary: 'the project’s folder (default: here)' },
    ],
    options: {},
    examples: [{ line: 'teal init', does: 'writes teal.yaml for the project in this folder' }],
  },
  {
    name: 'up',
    summary: 'start daemon and router in the background',
    details: ['Does nothing where they already run. Everything they know is in TEAL_HOME.'],
    arguments: [],
    options: {
      foreground: { summary: 'stay in the foreground, for containers' },
      systemd: { summary: 'print systemd units instead of starting anything' },
    },
    examples: [
      { line: 'teal up', does: 'starts Teal, or says that it already runs' },
      { line: 'teal up --systemd', does: 'prints units for /etc/systemd/system' },
    ],
  },
  {
    name: 'down',
    summary: 'stop the daemon; instances and router go on serving',
    arguments: [],
    options: { all: { summary: 'stop the router and all instances as well' }, yes },
    examples: [
      { line: 'teal down', does: 'stops Teal; users notice nothing' },
      { line: 'teal down --all', does: 'stops everything that Teal runs' },
    ],
  },
  {
    name: 'deploy',
    summary: 'make a release of what is there and roll it out',
    details: [
      'Follows the rollout live until it is out (all traffic on the new release), and says until when it bakes. Ctrl-C only ' +
        'stops following: the rollout goes on.',
      'Exit codes: 0 out (with --wait bake: promoted), 3 rolled back by a verdict or a check, 4 failed, 5 aborted by a person.',
    ],
    arguments: [{ ...file, name: 'dir' }],
    options: {
      'no-wait': noWait,
      wait: { value: 'UNTIL', choices: ['out', 'bake'], summary: 'follow until then (default: out)' },
      replace: { summary: 'take a running rollout back first' },
      service: { value: 'NAME', kind: 'service', summary: 'only this service of a file with several' },
      release: { value: 'NAME', kind: 'text', summary: 'roll out an earlier release again' },
      strategy: {
        value: 'NAME',
        choices: ['canary', 'blue-green'],
        summary: 'another strategy than the file’s',
      },
      ref: { value: 'GIT_REF', kind: 'text', summary: 'a commit, branch or tag instead of the working tree' },
      message: {
        short: 'm',
        value: 'TEXT',
        kind: 'text',
        summary: 'say what is in it; shown in the history',
      },
      yes,
      json: { summary: 'print what happens as lines of JSON, the status last' },
    },
    examples: [
      { line: 'teal deploy', does: 'releases this folder and follows until it is out' },
      { line: 'teal deploy --wait bake -m "new cart"', does: 'follows until it is promoted' },
      { line: 'teal deploy --ref v1.4.2 --yes', does: 'releases a tag without asking anything' },
    ],
  },
  {
    name: 'status',
    summary: 'show where everything stands',
    arguments: [{ ...service(), summary: 'only this service' }],
    options: { watch: { short: 'w', summary: 'go on, live' }, json },
    examples: [
      { line: 'teal status', does: 'all services' },
      { line: 'teal status shop --watch', does: 'one service, live' },
    ],
  },
  {
    name: 'approve',
    summary: 'answer yes to the gate that a rollout waits at',
    arguments: [service()],
    options: {},
    examples: [{ line: 'teal approve shop', does: 'lets the rollout go on' }],
  },
  {
    name: 'pause',
    summary: 'hold a rollout where it is; safety goes on',
    arguments: [service()],
    options: {},
    examples: [{ line: 'teal pause shop', does: 'keeps the candidate’s share as it is' }],
  },
  {
    name: 'resume',
    summary: 'let a paused rollout go on',
    arguments: [service()],
    options: {},
    examples: [{ line: 'teal resume shop', does: 'goes on where it was paused' }],
  },
  {
    name: 'promote',
    summary: 'skip gates and waits, never safety',
    details: ['Passes gates, dwell times and a missing “safe”; never harm, readiness, checks or the bake.'],
    arguments: [service()],
    options: { yes },
    examples: [{ line: 'teal promote shop', does: 'goes to 100 % as fast as is safe; asks first' }],
  },
  {
    name: 'abort',
    summary: 'take the candidate of a running rollout back',
    arguments: [service()],
    options: { 'no-wait': noWait, yes },
    examples: [{ line: 'teal abort shop', does: 'moves all traffic to the stable release' }],
  },
  {
    name: 'rollback',
    summary: 'go back to the last good release, at any time',
    details: [
      'During a rollout: takes the candidate back. Afterwards: switches to the old environment while that is warm, else ' +
        'prepares the last good release again and switches to it.',
    ],
    arguments: [service()],
    options: {
      to: { value: 'RELEASE', kind: 'text', summary: 'that release instead of the last good one' },
      'no-wait': noWait,
      yes,
    },
    examples: [{ line: 'teal rollback shop', does: 'back to the last good release' }],
  },
  {
    name: 'history',
    summary: 'show what happened, when, by whom and why',
    arguments: [service()],
    options: {
      limit: { short: 'n', value: 'N', kind: 'text', summary: 'the last N rollouts (default: 20)' },
      json,
    },
    examples: [{ line: 'teal history shop -n 5', does: 'the last five rollouts' }],
  },
  {
    name: 'show',
    summary: 'show one rollout with its evidence',
    arguments: [{ name: 'rollout', kind: 'rollout', required: true, summary: 'its name, e.g. shop-12' }],
    options: { json },
    examples: [{ line: 'teal show shop-12', does: 'every event of that rollout' }],
  },
  {
    name: 'preview',
    summary: 'show how to reach the candidate before users do',
    arguments: [service()],
    options: { json },
    examples: [{ line: 'teal preview shop', does: 'prints addresses and the secret header' }],
  },
  {
    name: 'logs',
    summary: 'show the logs of a service’s instances',
    arguments: [service()],
    options: {
      follow: { short: 'f', summary: 'go on as lines come' },
      environment: { value: 'COLOUR', choices: ['blue', 'green'], summary: 'only that environment' },
      lines: { short: 'n', value: 'N', kind: 'text', summary: 'the last N lines (default: 100)' },
      json: { summary: 'print lines of JSON' },
    },
    examples: [{ line: 'teal logs shop -f --environment green', does: 'follows the green instances' }],
  },
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
      'A regression is a share of requests that fail (5%), a ratio to the stable’s rate (5x), or crash, each also “after 3m”.',
    ],
    arguments: [file],
    options: {
      service: { value: 'NAME', kind: 'text', summary: 'this service of a file with several' },
      rate,
      'base-rate': baseRate,
      requests: { value: 'N', kind: 'text', summary: 'requests of each client (default: 1)' },
      audience: { value: 'N', kind: 'text', summary: 'so many clients, who come again and again' },
      regression: { value: 'LIST', kind: 'text', summary: 'what is wrong (default: 1%,5%,50%)' },
      runs: { value: 'N', kind: 'text', summary: 'releases of each kind (default: 200)' },
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
  {
    name: 'doctor',
    summary: 'check machine, ports, permissions, clock and the file',
    details: ['Says for everything that is broken how to repair it. Exit code 1 if something is.'],
    arguments: [file],
    options: { json },
    examples: [{ line: 'teal doctor', does: 'checks this machine, and teal.yaml where there is one' }],
  },
  {
    name: 'open',
    summary: 'open the dashboard',
    arguments: [],
    options: {},
    examples: [],
  },
  {
    name: 'demo',
    summary: 'watch real releases of a real service under real traffic',
    details: ['Everything runs in a temporary folder and is gone afterwards, in less than two minutes.'],
    arguments: [],
    options: { keep: { summary: 'stay up afterwards, to play with' } },
    examples: [{ line: 'teal demo', does: 'a good release, bad ones, and how they are taken back' }],
  },
  {
    name: 'completion',
    summary: 'print a completion script for your shell',
    arguments: [
      {
        name: 'shell',
        kind: 'text',
        required: true,
        choices: ['bash', 'zsh', 'fish'],
        summary: 'bash, zsh or fish',
      },
    ],
    options: {},
    examples: [
      { line: 'source <(teal completion bash)', does: 'for ~/.bashrc' },
      { line: 'source <(teal completion zsh)', does: 'for ~/.zshrc, after compinit' },
      { line: 'teal completion fish > ~/.config/fish/completions/teal.fish', does: 'once, for fish' },
    ],
  },
  {
    name: 'help',
    summary: 'explain a command',
    arguments: [{ name: 'command', kind: 'command', required: false, summary: 'the command' }],
    options: {},
    examples: [{ line: 'teal help deploy', does: 'arguments, options and examples of deploy' }],
  },
  hidden('daemon', 'run the daemon in the foreground'),
  hidden('router', 'run the router in the foreground'),
  hidden('supervisor', 'run the supervisor in the foreground', {
    alone: { summary: 'leave the daemon to somebody else' },
  }),
];

function hidden(name: string, summary: string, options: Command['options'] = {}): Command {
  return { name, summary, arguments: [], options, examples: [], hidden: true };
}

/** Options that every command has. */
export const GLOBAL_OPTIONS: Readonly<Record<string, Option>> = {
  help: { short: 'h', summary: 'explain the command' },
  debug: { summary: 'show more when something goes wrong' },
};

export const visibleCommands = (): readonly Command[] => COMMANDS.filter((command) => !command.hidden);

/** The command of that name; undefined where there is none. */
export const commandNamed = (name: string): Command | undefined =>
  COMMANDS.find((command) => command.name === name);
