import { join } from 'node:path';
import type { Colour } from '../../core/model.ts';
import type { EnvironmentOrder } from '../../core/ports.ts';
import type { ReadySpec } from '../../core/service/service-spec.ts';
import type { Home } from '../../system/home.ts';
import type { Program, ProgramStatus } from './supervisor/program.ts';
import { INSTANCE_RESTART } from './supervisor/restart.ts';

/** Instances listen here only; users come through the router. */
export const HOST = '127.0.0.1';

/** What the platform must know of a running instance, also after its own restart. */
export interface InstanceMeta {
  /** `<service>-<colour>-<n>` */
  readonly instance: string;
  readonly service: string;
  readonly colour: Colour;
  /** Slot, from 1. */
  readonly n: number;
  readonly release: string;
  readonly ready: ReadySpec;
}

/** Ids of all instances of an environment begin with this. */
export const idPrefix = (service: string, colour: Colour): string => `instance/${service}/${colour}/`;

/** Slot `n` (from 1) of an environment as the supervisor runs it. The same order makes the same program. */
export function instanceProgram(order: EnvironmentOrder, n: number, home: Home): Program {
  const { service, colour, release } = order;
  const { spec } = release;
  const instance = `${service}-${colour}-${n}`;
  const meta: InstanceMeta = { instance, service, colour, n, release: release.id, ready: spec.ready };
  return {
    id: `${idPrefix(service, colour)}${n}`,
    command: ['/bin/sh', '-c', spec.run],
    cwd: release.path,
    env: {
      ...spec.env,
      HOST: { value: HOST },
      TEAL_SERVICE: { value: service },
      TEAL_RELEASE: { value: release.id },
      TEAL_ENVIRONMENT: { value: colour },
      TEAL_INSTANCE: { value: instance },
    },
    inherit: 'minimal',
    runAs: { user: spec.user },
    port: true,
    log: join(logFolder(home, service), `${colour}-${n}.log`),
    stop: { signal: spec.stop.signal, within: spec.stop.within },
    restart: INSTANCE_RESTART,
    meta,
  };
}

/** Where the logs of a service's instances are: `<colour>-<n>.log`. */
export const logFolder = (home: Home, service: string): string => join(home.logs, service);

/** A program of ours, with what we know of it. */
export interface InstanceStatus extends ProgramStatus {
  readonly meta: InstanceMeta;
}

/** Those of the supervisor's programs that are instances: of one environment, or of all; by slot. */
export function instancesOf(
  programs: readonly ProgramStatus[],
  service?: string,
  colour?: Colour,
): InstanceStatus[] {
  const prefix = service === undefined || colour === undefined ? 'instance/' : idPrefix(service, colour);
  return programs
    .filter(({ program }) => program.id.startsWith(prefix))
    .map((status) => ({ ...status, meta: status.program.meta as InstanceMeta }))
    .sort((a, b) => a.meta.n - b.meta.n);
}
