import { describe, expect, test } from 'vitest';
import { COMMANDS, visibleCommands } from '../../src/cli/commands/commands.ts';
import { parseCommandLine } from '../../src/cli/commands/parse.ts';
import { loadVerb } from '../../src/cli/verbs.ts';
import { TealError } from '../../src/core/error.ts';

const parse = (line: string) => parseCommandLine(line === '' ? [] : line.split(' '));

function refusal(line: string): TealError {
  try {
    parse(line);
  } catch (error) {
    if (error instanceof TealError) return error;
    throw error;
  }
  throw new Error(`${line} was understood`);
}

describe('understands', () => {
  test('a verb with arguments, switches and values in any order', () => {
    expect(parse('deploy --wait bake shop -m new --yes')).toMatchObject({
      command: { name: 'deploy' },
      positionals: ['shop'],
      options: { wait: 'bake', message: 'new', yes: true },
    });
    expect(parse('--debug status --json')).toMatchObject({
      command: { name: 'status' },
      options: { json: true },
    });
    expect(parse('logs -f --lines=5 shop').options).toEqual({ follow: true, lines: '5' });
  });

  test('no verb as help, --version as version', () => {
    expect(parse('')).toMatchObject({ command: null, help: true });
    expect(parse('--version')).toMatchObject({ command: null, version: true, help: false });
  });

  test('--help before it asks for what is missing', () => {
    expect(parse('show --help')).toMatchObject({ command: { name: 'show' }, help: true });
  });
});

describe('refuses with exit code 2, and says what was meant', () => {
  test.each([
    ['depoly', 'There is no command “depoly”', 'teal deploy'],
    ['stauts', 'There is no command “stauts”', 'teal status'],
    ['deploy --wiat bake', 'There is no option --wiat', '--wait'],
    ['--versoin', 'There is no option --versoin', '--version'],
    ['deploy --wait backe', '--wait cannot be “backe”', 'bake'],
    ['deploy --message', '--message needs a value', 'teal deploy --help'],
    ['status --json=1', '--json takes no value', 'teal status --help'],
    ['status a b', 'does not know what to do with “b”', 'teal status --help'],
    ['show', 'teal show needs its rollout', 'teal show --help'],
    ['completion tcsh', 'shell cannot be “tcsh”', 'bash'],
  ])('%s', (line, message, fix) => {
    const error = refusal(line);
    expect(error).toMatchObject({ code: 'E_USAGE', exitCode: 2 });
    expect(error.message).toContain(message);
    expect(error.fix).toContain(fix);
  });
});

test('every command but help itself has a verb, and no option hides a global one', async () => {
  for (const { name, options } of COMMANDS) {
    expect((await loadVerb(name)).run, name).toBeTypeOf('function');
    expect(Object.keys(options)).not.toContain('help');
    expect(Object.keys(options)).not.toContain('debug');
  }
});

test('short options are unique in a command', () => {
  for (const { options } of visibleCommands()) {
    const short = Object.values(options).flatMap((option) => option.short ?? []);
    expect(new Set(short).size).toBe(short.length);
    expect(short).not.toContain('h');
  }
});
