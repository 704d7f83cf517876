import { resolveEnv } from '../spec/secrets.ts';
import { secretsIn } from '../system/redact.ts';
import { runShell, type ShellResult } from '../system/shell.ts';
import { type Attempt, type Finding, failed, passed } from './finding.ts';
import { duration } from './words.ts';

/** What a `run` check and a hook have in common: a command line of the release, told where it is. */
export async function commandCheck(
  command: string,
  more: Readonly<Record<string, string>>,
  { target, limit, openOutput }: Attempt,
): Promise<Finding> {
  const { job, release, url } = target;
  const env = await resolveEnv(release.spec.env, process.env);
  const output = await openOutput();
  const result = await runShell({
    command,
    cwd: release.path,
    user: release.spec.user,
    signal: limit.signal,
    timeout: limit.left(),
    env: {
      ...env,
      ...(url === null ? {} : { TEAL_URL: url }),
      TEAL_SERVICE: release.service,
      TEAL_RELEASE: release.id,
      TEAL_ENVIRONMENT: job.environment,
      ...more,
    },
    secrets: secretsIn(release.spec.env, env),
    onOutput: output.write,
  }).finally(output.close);
  const summary = `\`${command.length > 80 ? `${command.slice(0, 80)}...` : command}\` ${ending(result, limit.why())}`;
  const evidence = `$ ${command}\n${result.output || '(it printed nothing)'}`;
  return result.end === 'exited' && result.code === 0 ? passed(summary, evidence) : failed(summary, evidence);
}

function ending({ end, code, signal, took }: ShellResult, why: string | null): string {
  if (end !== 'exited')
    return `${why ?? `took longer than its ${duration(took)}`} and was stopped with its children`;
  if (signal !== null) return `was ended by ${signal} after ${duration(took)}`;
  return `ended with exit code ${code} after ${duration(took)}`;
}
