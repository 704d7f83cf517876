import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { visibleCommands } from '../../src/cli/commands/commands.ts';
import { commandHelp, generalHelp } from '../../src/cli/commands/help.ts';
import { bashCompletion } from '../../src/cli/completion/bash.ts';
import { fishCompletion } from '../../src/cli/completion/fish.ts';
import { zshCompletion } from '../../src/cli/completion/zsh.ts';
import { CLI_DOCUMENT, cliDocument } from '../../src/cli/markdown.ts';

test('docs/cli.md is what the command table says; if not: node src/cli/markdown.ts', () => {
  expect(readFileSync(CLI_DOCUMENT, 'utf8')).toBe(cliDocument());
});

test('no help is wider than 80 columns, and each names every option', () => {
  const texts = [generalHelp(), ...visibleCommands().map(commandHelp)];
  for (const line of texts.join('\n').split('\n')) {
    if (!line.startsWith('  in ')) expect(line.length, line).toBeLessThanOrEqual(80);
  }
  for (const command of visibleCommands()) {
    for (const name of Object.keys(command.options)) expect(commandHelp(command)).toContain(`--${name}`);
  }
});

describe('bash completion', () => {
  const complete = (...words: string[]) => {
    const script = `${bashCompletion()}
      teal() { echo '    "service": "shop",'; }
      COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
      _teal; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
    expect(stderr).toBe('');
    return stdout.trim().split('\n');
  };

  test('completes verbs', () => expect(complete('teal', 'de')).toEqual(['deploy', 'demo']));
  test('never a hidden one', () => expect(complete('teal', 'dae')).toEqual(['']));
  test('completes options', () =>
    expect(complete('teal', 'deploy', '--re')).toEqual(['--replace', '--release', '--ref']));
  test('completes values', () => expect(complete('teal', 'deploy', '--wait', '')).toEqual(['out', 'bake']));
  test('completes services', () => expect(complete('teal', 'promote', 's')).toEqual(['shop']));
});

const without = (shell: string) =>
  process.env.TEAL_REQUIRE !== 'all' && spawnSync(shell, ['--version']).error !== undefined;

describe.skipIf(without('fish'))('fish completion in fish itself', () => {
  const complete = (line: string) => {
    const script = `function teal; echo '    "service": "shop",'; end
      printf %s $argv[2] | source; complete -C $argv[1]`;
    const { stdout, stderr } = spawnSync('fish', ['-N', '-c', script, line, fishCompletion()], {
      encoding: 'utf8',
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    expect(stderr).toBe('');
    return stdout
      .trim()
      .split('\n')
      .map((found) => found.split('\t')[0]);
  };

  test('completes verbs', () => expect(complete('teal de')).toEqual(['demo', 'deploy']));
  test('completes options', () => expect(complete('teal deploy --wa')).toEqual(['--wait']));
  test('completes values and no files', () =>
    expect(complete('teal deploy --wait ')).toEqual(['bake', 'out']));
  test('completes services', () => expect(complete('teal promote s')).toEqual(['shop']));
});

describe.each([
  ['zsh', zshCompletion()],
  ['fish', fishCompletion()],
])('%s completion', (shell, script) => {
  test('names every command and its options', () => {
    for (const { name, options } of visibleCommands()) {
      expect(script).toContain(name);
      for (const option of Object.keys(options)) expect(script).toContain(option);
    }
  });

  test.skipIf(without(shell))('is valid', () => {
    // A real pipe: fish refuses the socket that Node.js gives a child as its standard input.
    const check = ['-c', 'printf %s "$1" | "$0" -n', shell, script];
    const { status, stderr } = spawnSync('bash', check, { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});
