import { TealError } from '../core/error.ts';
import type { JobTarget } from '../core/ports.ts';
import type { CheckSpec } from '../core/service/check-spec.ts';
import type { HookName } from '../core/service/service-spec.ts';
import { commandCheck } from './command.ts';
import type { Attempt, Finding } from './finding.ts';
import { httpCheck } from './http/check.ts';
import { loadCheck } from './load/check.ts';

/** What a job means: how to do it, how long one attempt may take, how often it is tried again. */
export interface Work {
  /** ms of one attempt. */
  readonly within: number;
  readonly retries: number;
  attempt(attempt: Attempt): Promise<Finding>;
}

/** The check or hook that a job names, in the spec of its own release. Throws E_JOB_UNKNOWN. */
export function workOf({ job, release }: JobTarget): Work {
  if (job.kind === 'hook') {
    const hook = release.spec.hooks[job.name as HookName];
    if (hook === undefined) throw unknown('hook', job.name, Object.keys(release.spec.hooks));
    const env = { TEAL_HOOK: job.name };
    return { within: hook.within, retries: 0, attempt: (attempt) => commandCheck(hook.run, env, attempt) };
  }
  const check = release.spec.checks.find(({ name }) => name === job.name);
  if (check === undefined) {
    throw unknown(
      'check',
      job.name,
      release.spec.checks.map(({ name }) => name),
    );
  }
  return { within: check.within, retries: check.retries, attempt: (attempt) => doCheck(check, attempt) };
}

function doCheck(check: CheckSpec, attempt: Attempt): Promise<Finding> {
  switch (check.kind) {
    case 'http':
      return httpCheck(check, attempt);
    case 'run':
      return commandCheck(check.command, {}, attempt);
    case 'load':
      return loadCheck(check, attempt);
  }
}

const unknown = (kind: string, name: string, known: readonly string[]) =>
  new TealError('E_JOB_UNKNOWN', `The release has no ${kind} "${name}"`, {
    why: known.length === 0 ? `It has no ${kind}s.` : `It has: ${known.join(', ')}.`,
  });
