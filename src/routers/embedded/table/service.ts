import { COLOURS, type Colour } from '../../../core/model.ts';
import { LOOPBACK_ALONE } from '../../../core/service/address-range.ts';
import { HTTP_DEFAULTS, type HttpSpec } from '../../../core/service/http-spec.ts';
import type { ObservedRouting, Routing } from '../../../core/world.ts';
import { type Choice, choose, type Placement } from '../clients/placement.ts';
import { type Attach, createEnvironment, type Environment, type Lease } from '../endpoints/environment.ts';
import { leastLoadedOfTwo } from '../endpoints/least-loaded.ts';
import { RetryBudget } from '../endpoints/retry-budget.ts';
import type { ErrorPage } from '../http/error-page.ts';
import { keep } from '../skew/keep.ts';
import { pathRule } from '../skew/path-rule.ts';
import type { Pin } from '../skew/pins.ts';
import { standInFor } from '../skew/stand-in.ts';
import { type Trust, trustOf } from '../visit/trust.ts';
import { allTo, fallBackTo } from './fallback.ts';

/** What is counted of a service besides its traffic, since the router started. */
export interface ServiceCounts {
  /** Requests sent again, to another instance. */
  retries: number;
  /** Requests that another environment was asked for. */
  standIns: number;
  /** Requests refused by maintenance. */
  keptOut: number;
  /** Requests refused since every instance was as busy as it may be. */
  crowded: number;
  /** Requests refused since the router was too busy. */
  overloaded: number;
}

/** One service in the router's table: what was applied, and its two environments at work. */
export interface Service {
  readonly name: string;
  /** What every new request obeys. */
  readonly routing: Routing;
  readonly fellBackAt: number | null;
  /** How HTTP is spoken for it. */
  readonly http: HttpSpec;
  /** Proxies in front of it. */
  readonly trust: Trust;
  /** Of the router's own answers; null: a plain one. Set by whoever reads the file. */
  page: ErrorPage | null;
  readonly counts: ServiceCounts;
  /** Makes every new request obey this from the next line on. */
  replace(routing: Routing, fellBackAt: number | null): void;
  choose(placement: Placement): Choice;
  /** Whether a request may be sent again within the service's budget; counted if it may. */
  mayRetry(): boolean;
  /** The placement of a client whose page may be of before the last change of the split. */
  keep(placement: Placement, pin: Pin, now: number): Placement;
  /** An instance of the other environment for a path that this lease's one has not; null: nobody may answer for it. */
  standIn(lease: Lease, path: string): Lease | null;
  /**
   * Waits for room at this environment's instances, with as many others as are being served there. Returns what gives the
   * place up; null where there is none.
   */
  awaitRoom(colour: Colour, onRoom: () => void): (() => void) | null;
  /**
   * Resolves true at the next change of table or health, false after `ms` or when the signal aborts; at once where
   * 10,000 wait already.
   */
  changed(ms: number, signal: AbortSignal): Promise<boolean>;
  /** Sends everybody to the fallback if the heartbeat is too old; whether it did. */
  watch(lastHeartbeat: number, now: number): boolean;
  observe(): Pick<ObservedRouting, 'split' | 'revision' | 'inFlight' | 'healthy' | 'fellBackAt'>;
  inFlight(colour: Colour): number;
  close(): void;
}

const MOST_WAITING = 10_000;

/** A service that obeys `first`. */
export function createService(first: Routing, fellBack: number | null, attach: Attach): Service {
  const counts: ServiceCounts = { retries: 0, standIns: 0, keptOut: 0, crowded: 0, overloaded: 0 };
  const budget = new RetryBudget();
  let splitSince = Date.now();
  let coversPath = pathRule(first.skew?.paths ?? []);
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const resume of [...waiting]) resume();
  };
  const environments: Readonly<Record<Colour, Environment>> = {
    blue: createEnvironment('blue', attach, wake),
    green: createEnvironment('green', attach, wake),
  };
  const update = () => {
    for (const colour of COLOURS) {
      environments[colour].update(
        service.routing.releases[colour],
        service.routing.endpoints[colour],
        service.routing.health[colour],
        service.routing.protocols?.[colour],
      );
    }
  };

  const mostOnOne = () => service.http.limits.concurrency ?? Number.POSITIVE_INFINITY;

  const perColour = (read: (environment: Environment) => number) => ({
    blue: read(environments.blue),
    green: read(environments.green),
  });

  const service: OwnService = {
    name: first.service,
    page: null,
    counts,
    routing: first,
    fellBackAt: fellBack,
    trust: trustOf(first.listen.trust ?? LOOPBACK_ALONE),
    http: first.http ?? HTTP_DEFAULTS,
    replace(next, at) {
      if (!sameSplit(service.routing, next)) splitSince = Date.now();
      coversPath = pathRule(next.skew?.paths ?? []);
      service.routing = next;
      service.fellBackAt = at;
      service.http = next.http ?? HTTP_DEFAULTS;
      service.trust = trustOf(next.listen.trust ?? LOOPBACK_ALONE);
      update();
    },
    choose(placement) {
      budget.count();
      return choose(service.routing, environments, placement, mostOnOne(), service.http.slowStart);
    },
    mayRetry() {
      if (!budget.spend()) return false;
      counts.retries += 1;
      return true;
    },
    keep: (placement, pin, now) =>
      keep(
        service.routing,
        splitSince,
        placement,
        pin,
        now,
        (colour) => environments[colour].healthy.length > 0,
      ),
    standIn(lease, path) {
      const colour = standInFor(service.routing, lease.colour);
      if (colour === null || !coversPath(path)) return null;
      const endpoint = leastLoadedOfTwo(environments[colour].healthy, mostOnOne());
      if (endpoint === null) return null;
      counts.standIns += 1;
      return environments[colour].lease(endpoint);
    },
    awaitRoom(colour, onRoom) {
      const { room, healthy } = environments[colour];
      return room.enter(Math.min(MOST_WAITING, mostOnOne() * healthy.length), onRoom);
    },
    changed: (ms, signal) => once(waiting, ms, signal),
    watch(lastHeartbeat, now) {
      budget.advance(now);
      const to = fallBackTo(service.routing, lastHeartbeat, now);
      if (to === null) return false;
      service.replace(allTo(service.routing, to), now);
      return true;
    },
    observe: () => ({
      split: service.routing.split,
      revision: service.routing.revision,
      inFlight: perColour((environment) => environment.inFlight),
      healthy: perColour((environment) => environment.healthy.length),
      fellBackAt: service.fellBackAt,
    }),
    inFlight: (colour) => environments[colour].inFlight,
    close() {
      for (const colour of COLOURS) environments[colour].close();
    },
  };
  update();
  return service;
}

/** No getters: an object literal with some is a dictionary to V8, and this one is looked at a dozen times a request. */
interface OwnService extends Service {
  routing: Routing;
  fellBackAt: number | null;
  http: HttpSpec;
  trust: Trust;
}

const sameSplit = (a: Routing, b: Routing): boolean =>
  a.candidate === b.candidate && a.split.blue === b.split.blue && a.split.green === b.split.green;

function once(waiting: Set<() => void>, ms: number, signal: AbortSignal): Promise<boolean> {
  if (ms <= 0 || signal.aborted || waiting.size >= MOST_WAITING) return Promise.resolve(false);
  return new Promise((resolve) => {
    const finish = (changed: boolean) => {
      clearTimeout(timer);
      waiting.delete(onChange);
      signal.removeEventListener('abort', onAbort);
      resolve(changed);
    };
    const onChange = () => finish(true);
    const onAbort = () => finish(false);
    const timer = setTimeout(() => finish(false), ms);
    waiting.add(onChange);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
