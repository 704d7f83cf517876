import { randomInt, randomUUID } from 'node:crypto';
import { TealError } from '../core/error.ts';
import type { Actor, Release } from '../core/model.ts';
import type { Clock } from '../core/ports.ts';
import type { ServiceSpec } from '../core/service/service-spec.ts';
import type { MakeOptions, ReleaseStore } from '../releases/store.ts';
import { loadSpecFile, withStrategy } from '../spec/index.ts';
import { readCertificate } from '../system/certificate.ts';
import { resolveUser } from '../system/users/user.ts';
import type { Controller } from './controller.ts';
import { requireFreeListener } from './listener-claims.ts';

/** What is to be deployed: a file's service, or an earlier release. */
export interface DeployOrder {
  readonly service: string;
  /** Absolute path of the teal.yaml. */
  readonly file?: string;
  readonly release?: string;
  readonly ref?: string;
  readonly strategy?: 'blue-green' | 'canary';
  readonly message?: string;
  readonly replace: boolean;
  readonly yes: boolean;
  readonly actor: Actor;
}

/** Where it stands while the release is made. */
export interface DeployListener {
  readonly onProgress: (progress: 'reading' | 'copying' | 'building' | 'recording', detail: string) => void;
  /** A line of the build. */
  readonly onOutput: (line: string) => void;
}

export interface Deployed {
  /** null: nothing to do, or it waits for the running rollout to be taken back. */
  readonly rollout: string | null;
  readonly release: string;
  readonly note: string;
}

/** Makes releases and asks for their rollouts. */
export interface Deployer {
  /** Resolves when the rollout was accepted. Rejects with what is wrong with file, source or build, or with the refusal. */
  deploy(order: DeployOrder, listener: DeployListener): Promise<Deployed>;
}

export interface DeployerOptions {
  readonly controller: Controller;
  readonly store: Pick<ReleaseStore, 'make'>;
  readonly clock: Clock;
}

export function createDeployer({ controller, store, clock }: DeployerOptions): Deployer {
  /** One release of a service is made at a time: two at once would only fight for the machine. */
  const queues = new Map<string, Promise<unknown>>();

  async function releaseFor(order: DeployOrder, listener: DeployListener): Promise<Release> {
    const known = knownReleases(controller, order.service);
    if (order.release !== undefined) {
      const release = earlier(order, order.release, known);
      requireFreeListener(release.spec, controller);
      return release;
    }
    listener.onProgress('reading', order.file ?? '');
    const spec = await specFor(order);
    requireFreeListener(spec, controller);
    await resolveUser(spec.user);
    await Promise.all((spec.listen?.tls?.certificates ?? []).map(readCertificate));
    const options: MakeOptions = {
      now: clock.now(),
      ...(order.ref === undefined ? {} : { ref: order.ref }),
      ...(order.message === undefined ? {} : { message: order.message }),
      onProgress: listener.onProgress,
      onOutput: listener.onOutput,
      existing: (digest) => known.find((release) => release.digest === digest) ?? null,
    };
    const release = await store.make(spec, options);
    listener.onProgress('recording', release.id);
    if (!known.includes(release)) await controller.recordRelease(release, order.actor);
    return release;
  }

  async function deploy(order: DeployOrder, listener: DeployListener): Promise<Deployed> {
    const release = await releaseFor(order, listener);
    const taken = await controller.submit(order.service, {
      id: randomUUID(),
      verb: 'deploy',
      actor: order.actor,
      at: clock.now(),
      release: release.id,
      replace: order.replace,
      yes: order.yes,
      seed: randomInt(2 ** 32),
      ...(order.message === undefined ? {} : { message: order.message }),
    });
    return { ...taken, release: release.id };
  }

  return {
    deploy(order, listener) {
      const before = queues.get(order.service) ?? Promise.resolve();
      const result = before.then(() => deploy(order, listener));
      queues.set(
        order.service,
        result.catch(() => undefined), // told to whoever asked for it
      );
      return result;
    },
  };
}

/** The service's part of the file. One service in it may be meant by its name alone. */
async function specFor({ file, service, strategy }: DeployOrder): Promise<ServiceSpec> {
  if (file === undefined) {
    throw new TealError('E_API_INPUT', 'Neither a file nor a release to deploy was named', {
      fix: 'Send `file`, the absolute path of a teal.yaml, or `release`.',
      exitCode: 2,
    });
  }
  const { services, path } = await loadSpecFile(file);
  const found = services.find((spec) => spec.service === service);
  if (!found) {
    throw new TealError('E_SERVICE_UNKNOWN', `${path} has no service "${service}"`, {
      fix: `It has: ${services.map((spec) => spec.service).join(', ')}.`,
      exitCode: 2,
    });
  }
  return strategy === undefined ? found : withStrategy(found, strategy);
}

function earlier(order: DeployOrder, id: string, known: readonly Release[]): Release {
  const found = known.find((release) => release.id === id);
  if (!found) {
    throw new TealError('E_RELEASE_UNKNOWN', `There is no release ${id} of ${order.service}`, {
      why: known.length === 0 ? 'It has none.' : `It has: ${known.map((release) => release.id).join(', ')}.`,
      fix: 'Name one of these, or deploy the folder.',
      exitCode: 2,
    });
  }
  if (order.strategy !== undefined && order.strategy !== found.spec.strategy.kind) {
    throw new TealError('E_RELEASE_STRATEGY', 'An earlier release keeps the strategy it was made with', {
      why: `${id} goes out by ${found.spec.strategy.kind}; its configuration is part of it.`,
      fix: 'Leave out the strategy, or deploy the folder again.',
      exitCode: 2,
    });
  }
  return found;
}

const knownReleases = (controller: Controller, service: string): readonly Release[] =>
  Object.values(controller.view(service)?.state.releases ?? {});
