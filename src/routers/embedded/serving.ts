import type { ObservedRouting } from '../../core/world.ts';
import type { Logger } from '../../system/log.ts';
import { type Challenge, createChallenges } from './acme/challenges.ts';
import { createIdentities } from './clients/identity.ts';
import type { Attach } from './endpoints/environment.ts';
import { createExchanges } from './exchange/exchanges.ts';
import { createFastPath } from './fast/fast-path.ts';
import { createHttp2 } from './h2/http2.ts';
import { loadErrorPage } from './http/error-page.ts';
import { createDoors } from './listen/doors.ts';
import type { OpenSocket } from './listen/listeners.ts';
import type { Turnstiles } from './listen/turnstile.ts';
import { Admission } from './overload/admission.ts';
import { createPins } from './skew/pins.ts';
import { createService, type Service } from './table/service.ts';
import type { TableEntry } from './table/table-store.ts';
import { openAccessLog } from './telemetry/access-log.ts';
import type { ProcessReading } from './telemetry/families.ts';
import type { Recorder } from './telemetry/recorder.ts';
import { createComplaints } from './visit/complaints.ts';
import type { Limits } from './visit/limits.ts';

/** What decides how requests are served, but for the table. */
export interface ServingOptions {
  readonly limits: Limits;
  /** false: node's own HTTP server serves every request. */
  readonly fastPath: boolean;
  /** How often the files of certificates are looked at, in ms. */
  readonly reloadEvery: number;
}

export interface ServingParts extends ServingOptions {
  readonly key: Uint8Array;
  readonly recorder: Recorder;
  /** Finds out about the health of a service's endpoint until the function that it returns is called. */
  readonly watchHealth: (service: string) => Attach;
  readonly openSocket: OpenSocket;
  /** Counts the connections of each address. */
  readonly turnstiles: Turnstiles;
  /** Where access logs go. */
  readonly accessFolder: string;
  /** Where ordered certificates are. */
  readonly acmeFolder: string;
}

/** Serves requests by a table: all that a worker does for users. */
export interface Serving {
  readonly services: ReadonlyMap<string, Service>;
  /** Every new request obeys the entry before the first await; resolves when new listeners have been tried. */
  lead(...entries: readonly TableEntry[]): Promise<void>;
  /** Resolves once it no longer listens for the service. */
  remove(service: string): Promise<void>;
  observe(service: string): ObservedRouting | null;
  /** From now on answers these challenges of certificate authorities, and no others. */
  answerChallenges(challenges: readonly Challenge[]): void;
  /** The listening sockets that it uses or would like to. */
  sockets(): readonly string[];
  reading(): Promise<ProcessReading>;
  /**
   * Takes no new connections. Each that there is ends with its next answer, or when it has been idle for as long as
   * any may be: one that was closed sooner might just be bringing a request. Resolves when none is left, or after `within` ms.
   */
  drain(within: number): Promise<void>;
  /** Takes no new connections, closes idle ones, and waits for what is in flight, at most `within` ms. */
  close(within: number): Promise<void>;
}

export function createServing(log: Logger, parts: ServingParts): Serving {
  const { key, limits, recorder } = parts;
  const admission = new Admission();
  const accessLog = openAccessLog(parts.accessFolder, log);
  const visitors = {
    recorder,
    identities: createIdentities(key),
    pins: createPins(key),
    admission,
    accessLog,
    complaints: createComplaints(log),
    limits,
  };
  const fast = parts.fastPath ? createFastPath(visitors) : null;
  const exchanges = createExchanges(visitors);
  const http2 = createHttp2({ ...visitors, exchanges });
  const challenges = createChallenges();
  const front = { ...visitors, exchanges, fastPath: fast, http2 };
  const doors = createDoors(front, log, { ...parts, challenges });
  const services = new Map<string, Service>();

  const attachFor = (service: string): Attach => {
    const watch = parts.watchHealth(service);
    return (endpoint, probe) => {
      const stop = watch(endpoint, probe);
      return () => {
        stop();
        exchanges.forget(endpoint);
        fast?.forget(endpoint);
        for (const leave of [...endpoint.leaving]) leave();
      };
    };
  };

  const showPage = async (service: Service): Promise<void> => {
    const path = service.http.errorPage;
    const page = path === null ? null : await loadErrorPage(path, log);
    if (service.http.errorPage === path) service.page = page;
  };

  return {
    services,
    async lead(...entries) {
      const led = entries.map(({ routing, fellBackAt }) => {
        const known = services.get(routing.service);
        known?.replace(routing, fellBackAt);
        const service = known ?? createService(routing, fellBackAt, attachFor(routing.service));
        services.set(routing.service, service);
        return service;
      });
      await Promise.all([doors.lead(services), ...led.map(showPage)]);
    },
    async remove(name) {
      const service = services.get(name);
      if (service !== undefined) {
        services.delete(name);
        service.close();
        recorder.forget(name);
      }
      await doors.lead(services);
    },
    observe(name) {
      const service = services.get(name);
      return service === undefined ? null : { ...service.observe(), ...doors.observe(service) };
    },
    answerChallenges: (all) => challenges.set(all),
    sockets: () => doors.sockets(),
    reading: async () => ({
      connections: await doors.connections(),
      handedOver: fast?.handedOver() ?? 0,
      loopLag: admission.highestLag(),
      residentBytes: process.memoryUsage.rss(),
    }),
    drain: (within) => inTime(doors.drain(), within),
    async close(within) {
      admission.close();
      await inTime(doors.close(), within);
      fast?.close();
      exchanges.close();
      for (const service of services.values()) service.close();
      await accessLog.close();
    },
  };
}

async function inTime(work: Promise<void>, within: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, within);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
