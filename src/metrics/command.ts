import { TealError } from '../core/error.ts';
import type { Colour, Release } from '../core/model.ts';
import type { MetricReading, MetricSource } from '../core/ports.ts';
import type { MetricSpec } from '../core/service/service-spec.ts';
import { resolveEnv } from '../spec/secrets.ts';
import { shorten } from '../system/bounded-text.ts';
import { secretsIn } from '../system/redact.ts';
import { runShell, type ShellResult } from '../system/shell.ts';
import { parseCounts } from './counts.ts';

/** An environment that takes part in a comparison. */
export interface Arm {
  readonly environment: Colour;
  /** Id of the release in it. */
  readonly release: string;
}

const PRINTED = 2_000;

/**
 * A metric that a command prints: run once for each arm, at the same time, in the folder, with the variables and as
 * the user of `release`, the one whose file asks for it. Told TEAL_SERVICE, TEAL_ENVIRONMENT, TEAL_RELEASE and
 * TEAL_SINCE. `read` rejects with E_METRIC_FAILED, E_METRIC_TIMEOUT or E_METRIC_OUTPUT where one of them has no
 * answer, since one arm alone compares with nothing.
 */
export function commandMetric(spec: MetricSpec, release: Release, arms: readonly Arm[]): MetricSource {
  return {
    metric: spec.name,
    read: (since, signal) => Promise.all(arms.map((arm) => readArm(spec, release, arm, since, signal))),
  };
}

async function readArm(
  spec: MetricSpec,
  release: Release,
  arm: Arm,
  since: number,
  signal: AbortSignal,
): Promise<MetricReading> {
  const env = await resolveEnv(release.spec.env, process.env);
  const result = await runShell({
    command: spec.run,
    cwd: release.path,
    user: release.spec.user,
    signal,
    timeout: spec.within,
    env: {
      ...env,
      TEAL_SERVICE: release.service,
      TEAL_ENVIRONMENT: arm.environment,
      TEAL_RELEASE: arm.release,
      TEAL_SINCE: new Date(since).toISOString(),
    },
    secrets: secretsIn(release.spec.env, env),
  });
  refuseFailure(spec, arm, result);
  const counts = parseCounts(result.stdout);
  if (typeof counts === 'string') {
    throw metricError('E_METRIC_OUTPUT', spec, arm, result, `does not print what is expected: ${counts}`);
  }
  return { metric: spec.name, environment: arm.environment, ...counts };
}

function refuseFailure(spec: MetricSpec, arm: Arm, result: ShellResult): void {
  if (result.end === 'timed-out') {
    throw metricError('E_METRIC_TIMEOUT', spec, arm, result, `took longer than its ${spec.within} ms`);
  }
  if (result.end === 'aborted') throw metricError('E_METRIC_FAILED', spec, arm, result, 'was stopped');
  if (result.code !== 0) {
    const how = result.signal === null ? `exit code ${result.code}` : result.signal;
    throw metricError('E_METRIC_FAILED', spec, arm, result, `ended with ${how}`);
  }
}

function metricError(
  code: 'E_METRIC_FAILED' | 'E_METRIC_TIMEOUT' | 'E_METRIC_OUTPUT',
  spec: MetricSpec,
  { environment, release }: Arm,
  { output }: ShellResult,
  what: string,
): TealError {
  const printed =
    output.trim() === '' ? 'It printed nothing.' : `It printed:\n${shorten(output.trim(), PRINTED)}`;
  return new TealError(code, `The command of metric "${spec.name}" ${what} (for ${environment})`, {
    why: printed,
    fix: `Make \`${spec.run}\` print {"bad": n, "total": n}, whole numbers with 0 <= bad <= total, within ${spec.within} ms.`,
    details: { metric: spec.name, environment, release },
  });
}
