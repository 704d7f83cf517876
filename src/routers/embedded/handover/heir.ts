import { type ChannelEnd, openChannel } from '../../../system/channel.ts';
import type { LocalMethods } from '../../../system/local-rpc.ts';
import type { Logger } from '../../../system/log.ts';
import { createHealthDesk } from '../endpoints/health-desk.ts';
import { createCompany } from '../workers/company.ts';
import { eventsOf } from '../workers/conduct.ts';
import { createTurnkeeper } from '../workers/connections/turnkeeper.ts';
import { createRelay } from '../workers/events.ts';
import { openLedger } from '../workers/ledger.ts';
import { type CrewedRouter, type CrewedRouterOptions, equip, muster, routerOf } from '../workers/router.ts';
import { bindSocket, createHeldSockets, type Handle, type SocketSource } from '../workers/sockets.ts';
import { allyOver, eventsOver, hear } from './ally.ts';
import { createFormer, createRoll, type Roll } from './former.ts';
import { createMirror } from './mirror.ts';
import type { Event, Gathering, HandedLedger, HandedOrders, Order, Question } from './protocol.ts';

/** What the new process has besides the router itself. */
export interface HeirHooks {
  /** Makes this process the one router of its home. Rejects where another one is. */
  claim(): Promise<void>;
  /** Opens the control socket; returns what it serves. */
  serve(router: CrewedRouter): Promise<LocalMethods>;
  /** Resolves when whoever watches over the router knows this process. */
  announce(): Promise<void>;
  /** Ends this process as a signal would. */
  end(): void;
}

/** For what workers have begun, of one that does not come to be the router; ms. */
const RETREATS_WITHIN = 10_000;

/**
 * Takes over from the router at the other end, this process's parent; resolves when this one is the router. Where it does not
 * come to that the process ends, and the other one goes on.
 */
export async function takeOver(
  end: ChannelEnd,
  folder: string,
  log: Logger,
  generation: number,
  options: CrewedRouterOptions,
  hooks: HeirHooks,
): Promise<CrewedRouter> {
  const parent = process.ppid;
  const begun = Promise.withResolvers<void>();
  const taken = Promise.withResolvers<CrewedRouter>();
  const parted = Promise.withResolvers<void>();
  let taking = false;
  /** The other one knows that this one is the router. */
  let parts = false;
  let methods: LocalMethods = {};
  let announced: Promise<void> = Promise.resolve();
  end.on('disconnect', () => {
    if (!taking) process.exit(1);
    parted.resolve();
  });
  const equipment = await equip(folder, log, generation, options);

  const old = openChannel(end, 'the router before', {
    orders(handed: HandedOrders) {
      try {
        mirror.begin(handed);
        begun.resolve();
      } catch (error) {
        begun.reject(error);
      }
    },
    ask({ method, input }: Order) {
      mirror.learn(method, input);
      return crew.ask(method, input);
    },
    tell({ method, input }: Order) {
      mirror.learn(method, input);
      crew.tell(method, input);
    },
    gather: ({ method, within }: Gathering) => crew.gather(method, within),
    socket: ({ name }: { readonly name: string }, handle: unknown) =>
      void handles.set(name, handle as Handle),
    retreat: () => retreat(),
    hold: () => relay.hold(),
    take: (handed: HandedLedger) => take(handed),
    event: (event: Event) => hear(event, roll!),
    admit: ({ worker, key, limit }: Question) => roll!.admit(worker, key, limit),
    rpc: ({ method, input }: Order) => methods[method]!(input as never),
    parts() {
      parts = true;
    },
    end: () => hooks.end(),
    announced: () => announced,
    farewell: () => announced,
  });

  const handles = new Map<string, Handle>();
  /** The other one binds until it has parted: two of them cannot have one port. */
  const bindThere: SocketSource = async (address) => {
    const { port } = await old.call<{ readonly port: number }>('open', address);
    const handle = handles.get(address.name)!;
    handles.delete(address.name);
    return { name: address.name, handle, port };
  };
  const sockets = createHeldSockets((address) =>
    parts ? bindSocket(address) : bindThere(address).catch(() => bindSocket(address)),
  );
  const mirror = createMirror();
  const { orders } = mirror;
  const relay = createRelay(eventsOver(old));
  const crew = muster(equipment, orders, sockets, relay, options.onOutdated);
  let roll: Roll | null = null;

  const retreat = async (): Promise<void> => {
    relay.lead(eventsOver(old));
    await crew.drain(RETREATS_WITHIN);
    process.exit(1);
  };

  const take = async (handed: HandedLedger): Promise<void> => {
    taking = true;
    try {
      await inherit(handed);
    } catch (error) {
      taking = false;
      log.error({ err: error }, 'this router cannot take over');
      if (!old.isOpen()) process.exit(1);
      throw error;
    }
  };

  const inherit = async ({ ledger: state, heartbeatAt }: HandedLedger): Promise<void> => {
    await hooks.claim();
    const ledger = await openLedger(folder, log, (service) => orders.table.has(service), state);
    const company = createCompany(crew);
    const desk = createHealthDesk(
      (service) => company.tell('health', { service, readings: desk.readings(service) }),
      orders.readings,
    );
    mirror.check(desk);
    const ally = allyOver(old, async (error) => {
      if (old.isOpen()) {
        log.error({ err: error }, 'the router before does not obey, and is killed');
        process.kill(parent, 'SIGKILL');
      }
      await parted.promise;
    });
    company.join(ally);
    const turnkeeper = createTurnkeeper(company, equipment.workers);
    mirror.count(turnkeeper);
    const events = eventsOf({ ledger, desk, turnkeeper });
    const theirs = state.merger.sources
      .map(({ worker }) => worker)
      .filter((worker) => !worker.startsWith(`${generation}.`));
    // By way of the relay, since this router may hand over as well while they still tell something.
    roll = createRoll(theirs, relay);
    parted.promise.then(() => {
      company.leave(ally);
      roll!.dismiss();
    });
    const former = createFormer(old, parent, parted.promise);
    const router = routerOf(
      { equipment, orders, crew, company, sockets, ledger, desk, turnkeeper, relay, former },
      heartbeatAt,
    );
    methods = await hooks.serve(router);
    router.begin();
    relay.lead(events);
    log.info({ services: router.services(), workers: equipment.workers }, 'this router has taken over');
    announced = hooks.announce();
    taken.resolve(router);
  };

  try {
    await old.call('hello', equipment.speaks);
    await begun.promise;
    await crew.start();
    await old.call('ready');
  } catch (error) {
    log.error({ err: error }, 'this router cannot take over');
    old.tell('failed', { why: error instanceof Error ? error.message : String(error) });
    await retreat();
  }
  return taken.promise;
}
