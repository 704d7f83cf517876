/** The command line: understands the arguments, loads the one verb that is meant, and shows what went wrong. */
import { defaultHome } from '../system/home.ts';
import { packageVersion } from '../system/package-version.ts';
import type { Command } from './commands/command.ts';
import { commandHelp, generalHelp } from './commands/help.ts';
import { parseCommandLine } from './commands/parse.ts';
import { hasColour, type Output, processOutput } from './terminal/output.ts';
import { painter } from './terminal/paint.ts';
import { asTealError, renderError, renderErrorJson } from './terminal/render-error.ts';
import { loadVerb } from './verbs.ts';

/** Runs `teal ARGS` and resolves with the exit code. Never rejects. */
export async function main(args: readonly string[]): Promise<number> {
  const output = processOutput();
  // `teal history | head`: the reader has seen enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  try {
    return await run(args, output);
  } catch (thrown) {
    const error = asTealError(thrown);
    const debug = args.includes('--debug');
    const paint = painter(hasColour(process.stderr, process.env));
    process.stderr.write(
      args.includes('--json') ? renderErrorJson(error) : renderError(error, { debug, paint }),
    );
    return error.exitCode;
  }
}

async function run(args: readonly string[], output: Output): Promise<number> {
  const { command, positionals, options, help, version } = parseCommandLine(args);
  if (version) {
    output.line(`teal ${packageVersion()} (Node.js ${process.version})`);
    return 0;
  }
  if (command === null || (command.name === 'help' && positionals.length === 0)) {
    output.stdout.write(generalHelp());
    return 0;
  }
  if (help) return showHelp(command, output);
  const verb = await loadVerb(command.name);
  return verb.run({ command, positionals, options, output, home: defaultHome() });
}

function showHelp(command: Command, output: Output): number {
  output.stdout.write(commandHelp(command));
  return 0;
}
