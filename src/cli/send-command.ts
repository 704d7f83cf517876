import { command, connect, serviceMeant } from './api.ts';
import type { Invocation } from './commands/command.ts';

/** Sends a command that needs no question and is done when it is taken. */
export async function sendCommand({ positionals, output, home }: Invocation, verb: string): Promise<0> {
  const api = connect(home);
  const { service } = await serviceMeant(api, positionals[0]);
  const { note } = await command(api, service, verb);
  output.line(note);
  return 0;
}
