/** The daemon as the verbs see it: paths in one place. */
import { type ApiClient, apiClient } from '../api/client.ts';
import type { CommandAnswer, ServiceStatus } from '../api/schema.ts';
import { TealError } from '../core/error.ts';
import { nearest } from '../spec/problems/nearest.ts';
import type { Home } from '../system/home.ts';

export const connect = (home: Home): ApiClient => apiClient(home);

const part = encodeURIComponent;

export const paths = {
  services: '/api/v1/services',
  service: (name: string) => `/api/v1/services/${part(name)}`,
  rollouts: (name: string) => `/api/v1/services/${part(name)}/rollouts`,
  command: (name: string, verb: string) => `/api/v1/services/${part(name)}/${verb}`,
  history: (name: string, limit: number) => `/api/v1/services/${part(name)}/history?limit=${limit}`,
  rollout: (id: string) => `/api/v1/rollouts/${part(id)}`,
  preview: (name: string) => `/api/v1/services/${part(name)}/preview`,
  logs: (name: string, query: Readonly<Record<string, string>>) =>
    `/api/v1/services/${part(name)}/logs?${new URLSearchParams(query)}`,
} as const;

/** The service that is meant: the one named, else the only one there is. Throws E_USAGE or E_SERVICE_UNKNOWN. */
export async function serviceMeant(api: ApiClient, named: string | undefined): Promise<ServiceStatus> {
  const services = await api.get<ServiceStatus[]>(paths.services);
  const names = services.map(({ service }) => service);
  if (named !== undefined) {
    const found = services.find(({ service }) => service === named);
    if (found) return found;
    const near = nearest(named, names);
    throw new TealError('E_SERVICE_UNKNOWN', `There is no service “${named}”`, {
      why: names.length > 0 ? `Known are: ${names.join(', ')}` : 'Nothing was deployed yet',
      fix: near ? `Did you mean ${near}?` : 'See teal status',
      exitCode: 2,
    });
  }
  if (services.length === 1) return services[0]!;
  throw new TealError('E_USAGE', services.length === 0 ? 'There is no service yet' : 'Which service?', {
    fix: services.length === 0 ? 'Deploy one: teal deploy' : `Name one of: ${names.join(', ')}`,
    exitCode: 2,
  });
}

/** Sends a command to a service. */
export const command = (
  api: ApiClient,
  service: string,
  verb: string,
  body: Readonly<Record<string, unknown>> = {},
): Promise<CommandAnswer> => api.post(paths.command(service, verb), { ...body, actor: actor() });

/** Who gives commands here: `user@host`. */
export function actor(env: NodeJS.ProcessEnv = process.env): string {
  const { userInfo, hostname } = process.getBuiltinModule('node:os');
  // SUDO_USER: the person behind root.
  const user = env.SUDO_USER || env.USER || env.LOGNAME || userInfo().username;
  return `${user}@${hostname()}`.slice(0, 200);
}
