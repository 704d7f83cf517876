import type { ApiClient } from '../../api/client.ts';
import type { CommandAnswer, ServiceStatus } from '../../api/schema.ts';
import { command, paths } from '../api.ts';
import type { Output } from '../terminal/output.ts';

/** How long a command may take to be taken before a person is told why it is not, and how often that is looked at, ms. */
const PATIENCE = 1_000;

/**
 * Sends a command that the daemon keeps until it can be carried out (a move towards stable), and says meanwhile what is in
 * its way, each reason once: a full disk, for instance.
 */
export async function untilTaken(
  api: ApiClient,
  output: Output,
  service: string,
  verb: 'rollback' | 'abort',
  body: Readonly<Record<string, unknown>>,
): Promise<CommandAnswer> {
  const answer = command(api, service, verb, body);
  const said = new Set<string>();
  const timer = setInterval(async () => {
    // A daemon that cannot say it has ended, and then so has the command.
    const status = await api.get<ServiceStatus>(paths.service(service)).catch(() => null);
    for (const problem of status?.problems ?? []) {
      if (said.has(problem)) continue;
      said.add(problem);
      output.note(`The ${verb} waits, and is done as soon as it can be. ${problem}`);
    }
  }, PATIENCE);
  try {
    return await answer;
  } finally {
    clearInterval(timer);
  }
}
