import type { ApiClient } from '../../api/client.ts';
import type { DeployProgress, DeployRequest } from '../../api/schema.ts';
import { TealError } from '../../core/error.ts';
import { paths } from '../api.ts';
import type { Output } from '../terminal/output.ts';
import { onInterrupt } from './interrupt.ts';

/** The daemon's last word on a deploy. */
export interface Made {
  /** null: nothing to do, or queued behind a rollout that is being taken back. */
  readonly rollout: string | null;
  readonly release: string;
  readonly note: string;
}

/**
 * Asks for a release and its rollout and shows how it is made, with the build's output. null: a person pressed Ctrl-C.
 * Rejects with the daemon's error, e.g. that the build failed.
 */
export async function makeRelease(
  api: ApiClient,
  output: Output,
  service: string,
  quiet: boolean,
  body: DeployRequest,
): Promise<Made | null> {
  const interrupt = onInterrupt();
  try {
    const lines = api.stream<DeployProgress>(paths.rollouts(service), { body, signal: interrupt.signal });
    for await (const line of lines) {
      if ('rollout' in line) {
        if (!quiet) output.line(`${service}: ${line.note}`);
        return line;
      }
      if (quiet) output.json(line, true);
      else if ('progress' in line)
        output.line(output.paint('dim', `${service}: ${line.progress} ${line.detail}`));
      else if ('output' in line) output.line(output.paint('dim', `  | ${line.output}`));
    }
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    output.note(`\nInterrupted while the release was made. teal status ${service} shows whether it went on.`);
    return null;
  } finally {
    interrupt.release();
  }
  throw new TealError('E_API_ANSWER', 'The daemon ended its answer before it said what it did', {
    fix: `See teal status ${service}, and ask again.`,
  });
}
