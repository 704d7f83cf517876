import type { ServiceStatus } from '../../api/schema.ts';
import { packageVersion } from '../../system/package-version.ts';
import { connect, paths, serviceMeant } from '../api.ts';
import type { Invocation, Verb } from '../commands/command.ts';
import type { Output } from '../terminal/output.ts';
import { serviceView } from '../view/service.ts';

export const run: Verb['run'] = async (invocation) => {
  const { positionals, options, output, home } = invocation;
  if (options.watch) return watch(invocation);
  const api = connect(home);
  const name = positionals[0];
  if (name !== undefined) {
    const status = await serviceMeant(api, name);
    if (options.json) output.json(status);
    else show([status], output);
    return 0;
  }
  const services = await api.get<ServiceStatus[]>(paths.services);
  if (options.json) output.json(services);
  else {
    show(services, output);
    await noteVersion(invocation);
  }
  return 0;
};

async function noteVersion({ home, output }: Invocation): Promise<void> {
  const { routerStatus } = await import('../../processes/router-status.ts');
  const running = await routerStatus(home);
  const version = packageVersion();
  if (running === null || running.version === version) return;
  output.note(
    running.version === undefined
      ? `The router is of a Teal that knew of no upgrade yet. This one, ${version}, takes its place with a gap of some seconds by: teal down --all, then teal up`
      : `The router is of version ${running.version}, this is ${version}. It is upgraded while it serves by: teal up`,
  );
}

async function watch(invocation: Invocation) {
  const { watchServices } = await import('../follow/watch.ts');
  return watchServices(invocation);
}

function show(services: readonly ServiceStatus[], output: Output): void {
  if (services.length === 0) output.line('No service yet. Deploy one: teal deploy');
  const width = Math.max(60, output.stdout.columns ?? 100);
  services.forEach((status, index) => {
    if (index > 0) output.line();
    for (const line of serviceView(status, { width, now: Date.now(), paint: output.paint })) {
      output.line(line.trimEnd());
    }
  });
}
