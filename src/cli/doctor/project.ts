import { createServer } from 'node:net';
import type { ServiceStatus } from '../../api/schema.ts';
import { TealError } from '../../core/error.ts';
import { listenUrl } from '../../core/service/listen-url.ts';
import type { ListenSpec, ServiceSpec } from '../../core/service/service-spec.ts';
import type { Home } from '../../system/home.ts';
import { resolveUser } from '../../system/users/user.ts';
import { connect, paths } from '../api.ts';
import { certificates, challenge } from './certificates.ts';
import { type Finding, finding, ok } from './finding.ts';

/** The file, and for each of its services the port and the user. A missing default file is none of the doctor's business. */
export async function project(path: string | undefined, home: Home): Promise<Finding[]> {
  const { loadSpecFile } = await import('../../spec/index.ts');
  let services: readonly ServiceSpec[];
  let file: string;
  try {
    ({ services, path: file } = await loadSpecFile(path ?? '.'));
  } catch (error) {
    if (!(error instanceof TealError)) throw error;
    if (path === undefined && error.code === 'E_SPEC_NOT_FOUND') {
      return [finding('off', 'teal.yaml', 'none here', 'teal init writes one')];
    }
    return [finding('broken', 'teal.yaml', error.message, [error.why, error.fix].filter(Boolean).join('\n'))];
  }
  const served = await servedBy(home);
  const findings = [ok('teal.yaml', `${file}: ${services.map(({ service }) => service).join(', ')}`)];
  const plain = plainPorts(services);
  for (const spec of services) {
    findings.push(await user(spec));
    if (!spec.listen) continue;
    findings.push(await port(spec.service, spec.listen, served));
    findings.push(...(await certificates(spec.service, spec.listen, Date.now())));
    findings.push(...challenge(spec.service, spec.listen, plain));
  }
  return findings;
}

async function user({ service, user: name }: ServiceSpec): Promise<Finding> {
  const what = `User of ${service}`;
  try {
    return ok(what, (await resolveUser(name)).name);
  } catch (error) {
    if (!(error instanceof TealError)) throw error;
    return finding('broken', what, error.message, error.fix ?? 'Correct `user` in teal.yaml.');
  }
}

async function port(service: string, listen: ListenSpec, served: readonly Served[]): Promise<Finding> {
  const { port, address } = listen;
  const what = `Port of ${service}`;
  const url = listenUrl(listen, port);
  const other = served.find((one) => one.url === url && one.service !== service);
  if (other) {
    const repair = 'Give one of them another port, host or path in `listen`.';
    return finding('broken', what, `${port}: the service ${other.service} is served there already`, repair);
  }
  if (served.some((one) => portOf(new URL(one.url)) === port)) return ok(what, `${port}, served by Teal`);
  const problem = await listenProblem(port, address);
  if (problem === null) return ok(what, `${port}, free`);
  const repair =
    problem === 'EACCES'
      ? 'Ports below 1024 need root, or: sysctl net.ipv4.ip_unprivileged_port_start=80'
      : problem === 'EADDRINUSE'
        ? `See who has it (ss -ltnp 'sport = :${port}'), end that, or choose another port in \`listen\`.`
        : 'Choose an address and port of this machine in `listen`.';
  return finding('broken', what, `${port}: ${problem}`, repair);
}

/** Where services are, or send on, without TLS. */
function plainPorts(services: readonly ServiceSpec[]): ReadonlySet<number> {
  const ports = services.map(({ listen }) => (listen?.tls === undefined ? listen?.port : listen.redirect));
  return new Set(ports.filter((port) => port !== undefined));
}

/** Error code of listening there; null: it can be done. */
function listenProblem(port: number, host: string): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host }, () => server.close(() => resolve(null)));
  });
}

/** A service that Teal serves, and where. */
interface Served {
  readonly service: string;
  readonly url: string;
}

/** What Teal itself serves; nothing where no daemon runs. */
async function servedBy(home: Home): Promise<readonly Served[]> {
  try {
    const services = await connect(home).get<ServiceStatus[]>(paths.services, AbortSignal.timeout(3_000));
    return services.flatMap(({ service, listen }) => (listen ? [{ service, url: listen }] : []));
  } catch (error) {
    // What is wrong with the daemon itself is told where the processes are looked at.
    if (error instanceof TealError || (error instanceof Error && error.name === 'AbortError')) return [];
    throw error;
  }
}

const portOf = ({ port, protocol }: URL): number => Number(port || (protocol === 'https:' ? 443 : 80));
