import type { Server } from 'node:net';
import { COLOURS } from '../../../core/model.ts';
import { type ChannelEnd, openChannel } from '../../../system/channel.ts';
import type { Logger } from '../../../system/log.ts';
import type { Challenge } from '../acme/challenges.ts';
import type { HealthReading } from '../endpoints/health-desk.ts';
import { createToldHealth } from '../endpoints/told-health.ts';
import { BACKLOG } from '../listen/listen-on.ts';
import type { OpenSocket } from '../listen/listeners.ts';
import { createServing, type Serving } from '../serving.ts';
import { createNotedArm } from '../telemetry/noted-arm.ts';
import { createRecorder } from '../telemetry/recorder.ts';
import { createReporter, type Report } from '../telemetry/reporter.ts';
import { createSharedTurnstiles } from './connections/turnstile.ts';
import { createCountsTeller, shareOf } from './counts.ts';
import {
  PROTOCOL,
  type Speaks,
  type WorkerEntry,
  type WorkerNews,
  type WorkerSettled,
  type WorkerStart,
} from './protocol.ts';

/** At most what was counted in so many ms is lost with a worker that is killed. */
const REPORT_EVERY = 200;
/** Once its time to drain is over; ms. */
const CLOSES_WITHIN = 500;

/** Serves as a worker of the router at the other end, until that one says so or is gone. `version`: of Teal. */
export function serveAsWorker(end: ChannelEnd, log: Logger, version: string): void {
  const recorder = createRecorder(createNotedArm);
  const makeReport = createReporter(recorder);
  const tellCounts = createCountsTeller();
  const handles = new Map<string, unknown>();
  let serving: Serving | null = null;
  let settling: Promise<unknown> = Promise.resolve();
  let lastInFlight = '';
  let crew = 1;

  const parent = openChannel(end, 'the router', {
    hello: (): Speaks => ({ protocol: PROTOCOL, version }),
    async start(start: WorkerStart): Promise<WorkerSettled> {
      const { options, entries, challenges, workers, watched, ...given } = start;
      crew = workers;
      for (const key of watched) turnstiles.watch(key);
      for (const { entry, health } of entries) toldHealth.take(entry.routing.service, health);
      const parts = { ...options, ...given, recorder, watchHealth: toldHealth.watch, openSocket };
      serving = createServing(log, { ...parts, turnstiles: turnstiles.of });
      serving.answerChallenges(challenges);
      await serving.lead(...entries.map(({ entry }) => shareOf(entry, crew)));
      setInterval(() => report(false), REPORT_EVERY);
      return { sockets: serving.sockets() };
    },
    apply({ entry, health }: WorkerEntry): void {
      // What was before belongs to the table before, also in the order of reports.
      report(true);
      toldHealth.take(entry.routing.service, health);
      settling = serving!.lead(shareOf(entry, crew));
    },
    remove({ service }: { readonly service: string }): void {
      report(true);
      settling = serving!.remove(service);
    },
    async settled(): Promise<WorkerSettled> {
      await settling;
      return { sockets: serving!.sockets() };
    },
    challenges: (all: readonly Challenge[]) => serving?.answerChallenges(all),
    observe: ({ service }: { readonly service: string }) => serving!.observe(service),
    health: ({
      service,
      readings,
    }: {
      readonly service: string;
      readonly readings: readonly HealthReading[];
    }) => toldHealth.take(service, readings),
    report: () => report(true),
    watch: ({ key }: { readonly key: string }) =>
      parent.tell('stands', { key, count: turnstiles.watch(key) }),
    unwatch: ({ key }: { readonly key: string }) => turnstiles.unwatch(key),
    reading: () => serving!.reading(),
    socket: ({ name }: { readonly name: string }, handle: unknown) => void handles.set(name, handle),
    drain({ within }: { readonly within: number }): void {
      // What outlives its time is told so before it is cut.
      void serving!
        .drain(within)
        .then(() => serving!.close(CLOSES_WITHIN))
        .then(leave);
    },
    close({ within }: { readonly within: number }): void {
      void serving!.close(within).then(leave);
    },
  });
  const toldHealth = createToldHealth((service, key) => parent.tell('lost', { service, key }));

  const turnstiles = createSharedTurnstiles(() => crew, {
    ask: (key, limit) => parent.call('admit', { key, limit }),
    left: (key) => parent.tell('left', { key }),
  });

  const openSocket: OpenSocket = async (server, socket) => {
    const { port } = await parent.call<{ readonly port: number }>('open', socket);
    const handle = handles.get(socket.name);
    handles.delete(socket.name);
    await listenOnHandle(server, handle);
    return port;
  };

  const inFlight = (): Report['inFlight'] =>
    [...(serving?.services.values() ?? [])].flatMap((service) =>
      COLOURS.map((colour) => [service.name, colour, service.inFlight(colour)] as const).filter(
        ([, , count]) => count > 0,
      ),
    );

  const report = (always: boolean) => {
    const counts = tellCounts(serving?.services.values() ?? []);
    const made = makeReport(inFlight());
    const flying = JSON.stringify(made.inFlight);
    const news = made.opened.length + made.notes.length + made.closed.length + counts.length;
    if (!always && news === 0 && flying === lastInFlight) return;
    lastInFlight = flying;
    parent.tell('noted', { report: made, counts } satisfies WorkerNews);
  };

  const leave = async () => {
    report(true);
    // An answer says that everything before it has arrived.
    await parent.call('leaving').catch(() => undefined); // the parent is gone: then so are the counts
    process.exit(0);
  };

  // Without its parent a worker would serve a table that nobody can change.
  end.on('disconnect', () => process.exit(1));
}

function listenOnHandle(server: Server, handle: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(handle, BACKLOG, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
