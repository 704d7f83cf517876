import { type ChildProcess, spawn } from 'node:child_process';
import { TealError } from '../../../core/error.ts';
import { type Channel, openChannel } from '../../../system/channel.ts';
import type { SocketAddress } from '../listen/listeners.ts';
import type { Conducted, Estate } from '../workers/conduct.ts';
import { eventsOf } from '../workers/conduct.ts';
import { endOf } from '../workers/end-of-child.ts';
import { describe } from '../workers/greeting.ts';
import type { Speaks } from '../workers/protocol.ts';
import { allyOver, eventsOver, hear, obeying } from './ally.ts';
import { createRoll } from './former.ts';
import {
  type Event,
  type HandedLedger,
  type HandedOrders,
  type Heirship,
  type Question,
  writeHeirship,
} from './protocol.ts';

/** What the old process has besides the router itself. */
export interface HandoverHooks {
  /** Calls that ask for what is on its way to the other one wait from now on. */
  freeze(): void;
  /** Lets the other one be the router of this home. */
  release(): Promise<void>;
  /** Is the router of this home again, whatever the other one has done of it. */
  reclaim(): Promise<void>;
  /** This process must end: what its workers obey, nobody could change any more. */
  orphaned(): void;
}

/** The other one is the router now; this one only has workers that end. */
export interface Handover {
  readonly pid: number;
  /** Has the new router answer a call of the control socket. */
  call(method: string, input: unknown): Promise<unknown>;
  /** As a signal asks this process to end: its workers, or both routers where nobody watches over the new one yet. */
  end(): void;
  /** Resolves when the last worker is gone, all that it counted is with the new router, and whoever watches knows that one. */
  readonly done: Promise<void>;
}

/** Until its workers serve; ms. */
const READY_WITHIN = 60_000;
const HOLDS_WITHIN = 5_000;
const TAKES_WITHIN = 20_000;
/** For one that gives up to end what its workers have begun; ms. */
const RETREATS_WITHIN = 15_000;
/** How long workers go on with tunnels, streams and idle connections; ms. */
const DRAIN_WITHIN = 300_000;
/** As long as a router that is asked to end lets go on what is in flight; ms. */
const ENDS_WITHIN = 30_000;

/**
 * Makes a new process the router, in two parts. First it is one more whose workers obey: they accept from the sockets that this one
 * holds, and tell this one what they count. Then, in one call, it gets what only one of them can have.
 */
export async function bequeath(
  estate: Estate,
  conducted: Conducted,
  command: readonly string[],
  hooks: HandoverHooks,
): Promise<Handover> {
  const { log, generation, speaks } = estate.equipment;
  const { company, crew, relay, sockets, ledger, desk } = estate;
  const child = start({ command, generation: generation + 1 });
  log.info({ command, process: child.pid }, 'another router starts beside this one, to take over');
  const gone = endOf(child);
  const ready = Promise.withResolvers<void>();
  // Looked at below; until then a failure may come first.
  ready.promise.catch(() => undefined);
  child.once('error', ready.reject);
  gone.then(({ code, signal }) => ready.reject(new Error(`it ended with ${code ?? signal}; see its log`)));
  const roll = createRoll([], relay);
  let committed = false;

  const channel: Channel = openChannel(child, 'the new router', {
    hello(other: Speaks) {
      if (other.protocol !== speaks.protocol) {
        const why = `it is ${describe(other)}, and this one ${describe(speaks)}`;
        ready.reject(new Error(why));
        throw new TealError('E_ROUTER_UPGRADE', 'These two routers do not understand each other', { why });
      }
      company.join(ally);
      channel.tell('orders', ordersOf(estate));
    },
    async open(address: SocketAddress) {
      if (committed) throw new Error('sockets are its own business now');
      const { handle, port } = await sockets.open(address);
      await channel.call('socket', { name: address.name }, { handle });
      return { port };
    },
    ready: () => ready.resolve(),
    failed: ({ why }: { readonly why: string }) => ready.reject(new Error(why)),
    event: (event: Event) => hear(event, roll),
    admit: ({ worker, key, limit }: Question) => roll.admit(worker, key, limit),
    close: ({ within }: { readonly within: number }) =>
      Promise.all([crew.close(within), estate.former?.close(within)]).then(() => undefined),
    ...obeying({
      ask: (method, input) => company.ask(method, input),
      gather: (method, within) => company.gather(method, within),
      tell: (method, input) => company.tell(method, input),
    }),
  });
  const ally = allyOver(channel, async (error) => {
    if (committed || !child.connected) return;
    log.error({ err: error }, 'the new router does not obey, and is killed');
    child.kill('SIGKILL');
    await gone;
  });

  const retreat = async (): Promise<void> => {
    const late = setTimeout(() => child.kill('SIGKILL'), RETREATS_WITHIN);
    channel.tell('retreat');
    await gone;
    clearTimeout(late);
    company.leave(ally);
    // However it has ended, nothing is in flight there any more.
    roll.dismiss();
  };
  const failure = (why: string) =>
    new TealError('E_ROUTER_UPGRADE', 'The router was not upgraded, and goes on as it was', {
      why: `Of the new one: ${why}.`,
      fix: 'Mend what the end of logs/router.log in TEAL_HOME says, and run `teal up` again.',
    });

  const timer = setTimeout(
    () => ready.reject(new Error(`it does not serve within ${READY_WITHIN / 1000} s`)),
    READY_WITHIN,
  );
  try {
    await ready.promise;
  } catch (error) {
    await retreat();
    throw failure(reasonOf(error));
  } finally {
    clearTimeout(timer);
  }

  hooks.freeze();
  await conducted.pause();
  let released = false;
  try {
    // From here on it keeps what its workers tell; what they told before has arrived when it answers.
    await channel.call('hold', undefined, { within: HOLDS_WITHIN });
    const { state, written } = ledger.close();
    relay.hold();
    await written;
    released = true;
    await hooks.release();
    const handed: HandedLedger = { ledger: state, heartbeatAt: conducted.heartbeatAt() };
    await channel.call('take', handed, { within: TAKES_WITHIN });
  } catch (error) {
    // One that may be the router already must not be it beside this one.
    if (released) child.kill('SIGKILL');
    await retreat();
    if (released) {
      await hooks.reclaim().catch((taken: unknown) => {
        log.fatal(
          { err: taken },
          'meanwhile somebody else has become the router of this TEAL_HOME: this one ends',
        );
        hooks.orphaned();
      });
    }
    relay.lead(eventsOf(estate));
    conducted.begin();
    throw failure(reasonOf(error));
  }
  committed = true;
  channel.tell('parts');
  company.leave(ally);
  relay.lead(eventsOver(channel));
  desk.close();
  sockets.keep(new Set());
  gone.then(() => hooks.orphaned());
  log.info({ process: child.pid }, 'another router has taken over; the workers of this one end');

  const leave = async (): Promise<void> => {
    await Promise.all([crew.drain(DRAIN_WITHIN), estate.former?.gone]);
    // An answer says that everything before it has arrived.
    await channel.call('farewell');
  };
  let known = false;
  channel.call('announced').then(
    () => {
      known = true;
    },
    () => undefined, // it has ended: then so does this one
  );
  return {
    pid: child.pid!,
    call: (method, input) => channel.call('rpc', { method, input }),
    end() {
      if (known) void crew.close(ENDS_WITHIN);
      else channel.tell('end');
    },
    done: leave(),
  };
}

/** A group of its own, as the supervisor gave this one: what stops one does not stop the other. */
function start(heirship: Heirship): ChildProcess {
  const [program = process.execPath, ...rest] = heirship.command;
  return spawn(program, rest, {
    detached: true,
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: writeHeirship(heirship),
  });
}

const reasonOf = (error: unknown): string =>
  error instanceof TealError && error.why !== undefined
    ? `${error.message}: ${error.why}`
    : (error as Error).message;

function ordersOf({ orders }: Estate): HandedOrders {
  const { table, challenges, readings, watched } = orders;
  return {
    entries: [...table.values()],
    readings: [...table.keys()].map((service) => [service, readings(service)] as const),
    challenges,
    watched: watched(),
  };
}
