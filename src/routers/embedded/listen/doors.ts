import { COLOURS, type Colour } from '../../../core/model.ts';
import { listenUrl } from '../../../core/service/listen-url.ts';
import type { CertificateFiles, ListenSpec } from '../../../core/service/service-spec.ts';
import type { ObservedRouting } from '../../../core/world.ts';
import type { Logger } from '../../../system/log.ts';
import type { Challenges } from '../acme/challenges.ts';
import { withOrdered } from '../acme/files.ts';
import { createFront, type FrontTools } from '../http/front.ts';
import type { Service } from '../table/service.ts';
import { createCertificateStore } from '../tls/certificate-store.ts';
import { createSecureEntrance, type SecureEntrance } from '../tls/secure-entrance.ts';
import { ticketKeysAt } from '../tls/ticket-keys.ts';
import { type Admission, admissionOf } from './admission.ts';
import type { Door } from './door.ts';
import { type ListenerPlan, listenerKey, type PlannedListener, planListeners } from './listener-plan.ts';
import { createListeners, type OpenSocket, type WantedListener } from './listeners.ts';
import type { Turnstiles } from './turnstile.ts';

/** The ways in: public listeners shared by services, and a loopback listener for each environment. */
export interface Doors {
  /** New requests find these services from this call on; resolves when new listeners have been tried. */
  lead(services: ReadonlyMap<string, Service>): Promise<void>;
  observe(service: Service): Pick<ObservedRouting, 'previews' | 'url' | 'problem' | 'warning'>;
  /** Open ones of clients. */
  connections(): Promise<number>;
  /** The sockets that it listens on or would like to. */
  sockets(): readonly string[];
  /** Takes no new connections; resolves when the last one has ended by itself. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

export interface DoorsOptions {
  /** The router's own key. */
  readonly key: Uint8Array;
  /** How often the files of certificates are looked at, in ms. */
  readonly reloadEvery: number;
  readonly openSocket: OpenSocket;
  /** Where ordered certificates are. */
  readonly acmeFolder: string;
  /** What is answered at any public listener, whatever service is behind it. */
  readonly challenges: Challenges;
  /** Counts the connections of each address. */
  readonly turnstiles: Turnstiles;
}

const LOOPBACK = '127.0.0.1';
const PROTOCOLS = ['h2', 'http/1.1'];
/** How often it is looked whether a day has ended, in ms. */
const HOURLY = 3_600_000;

export function createDoors(tools: FrontTools, log: Logger, options: DoorsOptions): Doors {
  const listeners = createListeners(log, options.openSocket);
  const entrances = new Map<string, SecureEntrance>();
  const refresh = () => {
    for (const entrance of entrances.values()) entrance.refresh();
  };
  const store = createCertificateStore(log, options.reloadEvery, refresh);
  const hourly = setInterval(refresh, HOURLY);
  hourly.unref();
  let plan: ListenerPlan<Service> = { listeners: new Map(), problems: new Map() };
  let admissions: ReadonlyMap<string, Admission> = new Map();
  let current: ReadonlyMap<string, Service> = new Map();

  const publicDoor = (key: string): Door => {
    const way = (host: string, path: string) => plan.listeners.get(key)?.ways.match(host, path) ?? null;
    return {
      find(host, path) {
        if (options.challenges.answer(host, path) !== null) return null;
        const found = way(host, path);
        return found === null || found.redirect !== null ? null : found.service;
      },
      redirect: (host, path) => way(host, path)?.redirect ?? null,
      challenge: (host, path) => options.challenges.answer(host, path),
      admission: () => admissions.get(key) ?? null,
      preview: null,
    };
  };
  const previewDoor = (name: string, colour: Colour): Door => ({
    find: () => current.get(name) ?? null,
    redirect: () => null,
    challenge: () => null,
    admission: () => null,
    preview: colour,
  });

  const entranceOf = (key: string): SecureEntrance => {
    const loaded = (files: CertificateFiles) => store.state(files).certificate;
    return createSecureEntrance(
      {
        ready: () => store.ready(),
        certificates: () =>
          (plan.listeners.get(key)?.certificates ?? []).map(loaded).filter((found) => found !== null),
        ticketKeys: () => ticketKeysAt(options.key, Date.now()),
      },
      tools.limits.head,
      PROTOCOLS,
    );
  };

  const publicListener = ({ key, address, port, certificates }: PlannedListener<Service>): WantedListener => {
    const entrance = certificates === null ? null : (entrances.get(key) ?? entranceOf(key));
    if (entrance !== null) entrances.set(key, entrance);
    return { address, port, serve: () => createFront(publicDoor(key), tools, entrance) };
  };
  const previewListener = (name: string, colour: Colour): WantedListener => ({
    address: LOOPBACK,
    port: 0,
    serve: () => createFront(previewDoor(name, colour), tools, null),
  });

  return {
    async lead(services) {
      current = services;
      plan = planListeners(
        [...services].map(([name, value]) => ({
          name,
          listen: withOrdered(value.routing.listen, options.acmeFolder),
          value,
        })),
      );
      admissions = new Map(
        [...plan.listeners].map(([key, planned]) => [
          key,
          admissionOf(
            planned.services.map(({ routing, http }) => ({ listen: routing.listen, http })),
            options.turnstiles(key),
          ),
        ]),
      );
      const wanted = new Map<string, WantedListener>();
      for (const [key, planned] of plan.listeners) wanted.set(key, publicListener(planned));
      for (const key of entrances.keys()) if (!plan.listeners.has(key)) entrances.delete(key);
      for (const name of services.keys()) {
        for (const colour of COLOURS) wanted.set(previewKey(name, colour), previewListener(name, colour));
      }
      const read = store.want([...plan.listeners.values()].flatMap(({ certificates }) => certificates ?? []));
      await Promise.all([listeners.converge(wanted), read]);
      refresh();
    },
    observe(service) {
      const { listen } = service.routing;
      const { port, problem } = listeners.state(listenerKey(listen));
      const refused = plan.problems.get(service) ?? null;
      return {
        previews: { blue: previewUrl(service.name, 'blue'), green: previewUrl(service.name, 'green') },
        url: port === null || refused !== null ? null : listenUrl(listen, port),
        problem: refused ?? problem ?? certificateProblem(listen),
        warning: warningsOf(listen),
      };
    },
    connections: () => listeners.connections(),
    sockets: () => listeners.sockets(),
    drain: () => listeners.drain(),
    async close() {
      store.close();
      clearInterval(hourly);
      await listeners.close();
    },
  };

  function previewUrl(name: string, colour: Colour): string | null {
    const { port } = listeners.state(previewKey(name, colour));
    return port === null ? null : `http://${LOOPBACK}:${port}`;
  }

  /** Without any good certificate nobody is served. */
  function certificateProblem({ tls }: ListenSpec): string | null {
    const states = (tls?.certificates ?? []).map((files) => store.state(files));
    const broken = states.find(({ certificate }) => certificate === null);
    return broken === undefined ? null : broken.problem;
  }

  function warningsOf(listen: ListenSpec): string | null {
    const { address, redirect, tls } = listen;
    const unsent = redirect === undefined ? null : listeners.state(`${address}\n${redirect}`).problem;
    const all = [
      ...(unsent === null ? [] : [unsent]),
      ...store.warnings(tls?.certificates ?? [], Date.now()),
    ];
    return all.length === 0 ? null : all.join(' ');
  }
}

const previewKey = (service: string, colour: Colour): string => `preview\n${service}\n${colour}`;
