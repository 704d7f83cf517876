import type { Event } from '../core/events.ts';
import type { Actor, Release } from '../core/model.ts';
import type { Command } from '../core/world.ts';
import type { CommandTaken } from './command-desk.ts';
import type { Parts } from './parts.ts';
import { inWords } from './problems.ts';
import { type ServiceLoop, serviceLoop } from './service-loop.ts';
import type { ServiceView } from './service-view.ts';
import type { PreviewSecrets } from './traffic/preview-secrets.ts';
import { trafficPump } from './traffic/traffic-pump.ts';
import { unknownService } from './unknown-service.ts';

/** All services of a daemon: one loop each, independent of each other. */
export interface Controller {
  /** Names, sorted. */
  services(): readonly string[];
  /** null: there is no such service. */
  view(service: string): ServiceView | null;
  /** Hands a command to a service's loop. Rejects with the refusal, or with E_SERVICE_UNKNOWN. */
  submit(service: string, command: Command): Promise<CommandTaken>;
  /** Makes a release known, and its service with it. Rejects with E_JOURNAL_WRITE. */
  recordRelease(release: Release, actor: Actor): Promise<void>;
  /** Journals events that are no decisions. */
  record(service: string, events: readonly Event[]): Promise<void>;
  /** Stops looking and all jobs. Instances and router go on serving. */
  close(): Promise<void>;
}

export interface ControllerOptions extends Parts {
  readonly secrets: PreviewSecrets;
}

const HEARTBEAT = 2_000;
const PULL = 500;

/** Takes up every service that the journal knows. */
export async function createController(options: ControllerOptions): Promise<Controller> {
  const { journal, platform, router, clock, log, secrets } = options;
  const loops = new Map<string, ServiceLoop>();
  const opening = new Map<string, Promise<ServiceLoop>>();

  async function open(service: string): Promise<ServiceLoop> {
    const known = loops.get(service);
    if (known) return known;
    const under = opening.get(service) ?? secrets.of(service).then((secret) => begin(service, secret));
    opening.set(service, under);
    return under;
  }
  function begin(service: string, secret: string): ServiceLoop {
    const loop = serviceLoop(service, secret, options);
    loops.set(service, loop);
    opening.delete(service);
    return loop;
  }

  for (const service of journal.services()) await open(service);
  const leave = platform.onChange((service) => loops.get(service)?.wake());
  const pump = trafficPump({
    router,
    clock,
    log,
    every: PULL,
    sinks: () => new Map([...loops].map(([service, loop]) => [service, loop.evidence])),
  });
  const heart = heartbeat(options);

  return {
    services: () => [...loops.keys()].sort(),
    view: (service) => loops.get(service)?.view() ?? null,
    submit: async (service, command) => (await existing(loops, service)).submit(command),
    recordRelease: async (release, actor) =>
      (await open(release.service)).record([{ type: 'release-recorded', release, at: clock.now(), actor }]),
    record: async (service, events) => (await existing(loops, service)).record(events),
    async close() {
      leave();
      clearInterval(heart);
      await Promise.all([...loops.values()].map((loop) => loop.close()));
      await pump.close();
    },
  };
}

async function existing(loops: ReadonlyMap<string, ServiceLoop>, service: string): Promise<ServiceLoop> {
  const loop = loops.get(service);
  if (loop) return loop;
  throw unknownService(service, [...loops.keys()]);
}

/** Keeps telling the router that a daemon is there; that it is away is each service's own problem to show. */
function heartbeat({ router, log }: Parts): NodeJS.Timeout {
  let away = false;
  const beat = () =>
    router.heartbeat().then(
      () => {
        away = false;
      },
      (error: unknown) => {
        if (!away) log.warn({ error: inWords(error) }, 'the router does not hear the heartbeat');
        away = true;
      },
    );
  void beat();
  return setInterval(beat, HEARTBEAT);
}
