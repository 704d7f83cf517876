import type { ApiClient } from '../../api/client.ts';
import type { DeployRequest, ServiceStatus } from '../../api/schema.ts';
import { TealError } from '../../core/error.ts';
import { actor, connect, paths, serviceMeant } from '../api.ts';
import { type Invocation, textOf, type Verb } from '../commands/command.ts';
import { makeRelease } from '../follow/make-release.ts';
import { reportEnd } from '../follow/report-end.ts';
import { followRollout } from '../follow/rollout.ts';
import { confirm } from '../terminal/confirm.ts';

export const run: Verb['run'] = async (invocation) => {
  const { positionals, options, home } = invocation;
  const api = connect(home);
  const release = textOf(options, 'release');
  if (release !== undefined && positionals[0] === undefined) {
    const { service } = await serviceMeant(api, textOf(options, 'service'));
    return deploy(api, invocation, service, { release });
  }
  const { file, services } = await readFile(positionals[0] ?? '.', textOf(options, 'service'));
  for (const service of services) {
    const code = await deploy(api, invocation, service, {
      file,
      ...(release === undefined ? {} : { release }),
    });
    if (code !== 0) return code;
  }
  return 0;
};

/** The file, and the services to deploy: all of it, or the one that `--service` names. */
async function readFile(path: string, only: string | undefined) {
  const { loadSpecFile } = await import('../../spec/index.ts');
  const { path: file, services } = await loadSpecFile(path);
  const names = services.map(({ service }) => service);
  if (only === undefined) return { file, services: names };
  if (names.includes(only)) return { file, services: [only] };
  throw new TealError('E_SERVICE_UNKNOWN', `${file} has no service “${only}”`, {
    fix: `It has: ${names.join(', ')}`,
    exitCode: 2,
  });
}

async function deploy(
  api: ApiClient,
  { options, output }: Invocation,
  service: string,
  source: Pick<DeployRequest, 'file' | 'release'>,
): Promise<number> {
  const agreed =
    options.yes === true || (await mayInterruptBake(api, output, service, options.replace === true));
  if (agreed === 'no') {
    output.note('Nothing was done.');
    return 5;
  }
  const strategy = textOf(options, 'strategy') as DeployRequest['strategy'];
  const [ref, message] = [textOf(options, 'ref'), textOf(options, 'message')];
  const quiet = options.json === true;
  const made = await makeRelease(api, output, service, quiet, {
    ...source,
    ...(strategy === undefined ? {} : { strategy }),
    ...(ref === undefined ? {} : { ref }),
    ...(message === undefined ? {} : { message }),
    replace: options.replace === true,
    yes: agreed,
    actor: actor(),
  });
  if (made === null) return 130;
  const nothingToDo = made.rollout === null && (await stableRelease(api, service)) === made.release;
  if (options['no-wait'] || nothingToDo) {
    if (quiet) output.json(made, true);
    return 0;
  }
  const until = textOf(options, 'wait') === 'bake' ? 'end' : 'out';
  const result = await followRollout(api, output, { service, followed: made, until, quiet });
  return reportEnd(output, service, result, quiet);
}

/** During a bake a new rollout ends that bake: true where a person said so, `no` where they did not, false unasked. */
async function mayInterruptBake(
  api: ApiClient,
  output: Invocation['output'],
  service: string,
  replace: boolean,
): Promise<boolean | 'no'> {
  const services = await api.get<ServiceStatus[]>(paths.services);
  const running = services.find((status) => status.service === service)?.rollout;
  if (!running?.outAt || running.takingBack || replace || !output.canAsk) return false;
  const question = `${running.id} is still baking. End its bake, not judged to its end, and go on from there?`;
  return (await confirm(output, question, false)) ? true : 'no';
}

const stableRelease = async (api: ApiClient, service: string): Promise<string | undefined> =>
  (await api.get<ServiceStatus>(paths.service(service))).stable?.release;
