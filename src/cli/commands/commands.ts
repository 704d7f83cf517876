/** Every command, as data. The order is the order of `teal --help`. */
import type { Argument, Command, Option } from './command.ts';
import { file, json } from './common-options.ts';
import { PLANNING_COMMANDS } from './planning-commands.ts';

const yes: Option = { short: 'y', summary: 'answer every question with yes' };
const noWait: Option = { summary: 'return as soon as it is under way' };
const service = (required = false): Argument => ({
  name: 'service',
  kind: 'service',
  required,
  summary: required ? 'the service' : 'the service; may be left out where there is only one',
});

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
    details: [
      'Does nothing where they already run. Everything they know is in TEAL_HOME.',
      'Where they are of another version, after an update of Teal, the daemon is started anew and the router hands over to the new one while it serves: users notice nothing.',
    ],
    arguments: [],
    options: {
      foreground: { summary: 'stay in the foreground, for containers' },
      systemd: { summary: 'print systemd units instead of starting anything' },
    },
    examples: [
      { line: 'teal up', does: 'starts or upgrades Teal, or says that it already runs' },
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
    name: 'maintenance',
    summary: 'keep users out of a service for a while, or let them in',
    details: [
      'Users get 503 with the message and Retry-After. Previews, checks and clients that always see the candidate are ' +
        'served. Rollouts go on; requests that were refused are no evidence.',
    ],
    arguments: [
      service(true),
      { name: 'state', kind: 'text', required: true, choices: ['on', 'off'], summary: 'on or off' },
    ],
    options: {
      message: { short: 'm', value: 'TEXT', kind: 'text', summary: 'what users are told' },
      for: { value: 'TIME', kind: 'text', summary: 'end by itself after this time, such as 10m' },
      hold: { value: 'TIME', kind: 'text', summary: 'let requests wait this long before 503' },
    },
    examples: [
      { line: 'teal maintenance shop on --for 10m', does: 'answers users with 503 for ten minutes' },
      { line: 'teal maintenance shop on --hold 30s', does: 'holds requests for up to 30 s' },
      { line: 'teal maintenance shop off', does: 'serves users again' },
    ],
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
  ...PLANNING_COMMANDS,
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
