import { type ChildProcess, fork } from 'node:child_process';
import { TealError } from '../../../core/error.ts';
import { type Channel, openChannel } from '../../../system/channel.ts';
import { withCompileCache } from '../../../system/compile-cache.ts';
import type { Logger } from '../../../system/log.ts';
import type { SocketAddress } from '../listen/listeners.ts';
import type { Obedient } from './company.ts';
import { endOf } from './end-of-child.ts';
import type { WorkerEvents } from './events.ts';
import { greet } from './greeting.ts';
import type { Speaks, WorkerNews, WorkerSettled, WorkerStart } from './protocol.ts';
import type { HeldSockets } from './sockets.ts';

export interface CrewOptions {
  /** Program of a worker. */
  readonly program: string;
  readonly size: number;
  /** What this router speaks, and so its workers. */
  readonly speaks: Speaks;
  /** How many routers have handed over to the next before this one: its workers have names of their own. */
  readonly generation: number;
  readonly sockets: Pick<HeldSockets, 'open' | 'keep'>;
  readonly log: Logger;
  /** What a worker that starts now is told. */
  readonly start: () => WorkerStart;
  readonly events: WorkerEvents;
  /** A worker that died cannot be replaced: its program is of another version than this router. */
  readonly onOutdated: () => void;
}

/** The workers of a router. One that ends by itself is replaced. */
export interface Crew extends Obedient {
  /** Resolves when all of them serve. Rejects where one cannot; with E_ROUTER_OUTDATED where its program is of another version. */
  start(): Promise<void>;
  /** Closes the sockets that no worker wants any more. */
  settle(): Promise<void>;
  /**
   * Replaces the workers one by one; resolves when all new ones serve. The old ones take no new connections, end those
   * they have politely, and are gone after `drain` ms at the latest. Rejects where a new worker cannot serve; then the others stay.
   */
  restart(drain: number): Promise<void>;
  pids(): readonly number[];
  /** Resolves when all are gone. Each takes no new connections and ends those it has politely, within so many ms. */
  drain(within: number): Promise<void>;
  /** Resolves when all are gone. Each waits for what is in flight, at most so many ms. */
  close(within: number): Promise<void>;
}

interface Member {
  readonly name: string;
  readonly child: ChildProcess;
  readonly channel: Channel;
  readonly gone: Promise<void>;
  readonly bornAt: number;
  /** It may have clients: what it does counts. */
  accepts: boolean;
  /** It ends because it was told to. */
  leaves: boolean;
  sockets: readonly string[] | null;
}

/**
 * Of V8, for workers. What a request makes is gone with it, so that twice 8 MB for what is new are plenty; left to
 * itself V8 takes four times as much once ten thousand connections have come, and never gives it back. And where each
 * core has its worker, a small collection that several threads share costs more than it would by one alone. Nor is V8 to put what is
 * made at some place among what is old from the start, since once, while it was busy, such things were still there when it looked: what they lead to
 * would then be kept by them until a whole collection.
 */
export const WORKER_FLAGS = [
  '--max-semi-space-size=8',
  '--no-parallel-scavenge',
  '--no-allocation-site-pretenuring',
] as const;
/**
 * Of glibc, for workers; other libraries do not look at it. Between two turns of the loop nghttp2 gives back, and takes again,
 * hundreds of small pieces, of which a thread keeps seven of each size by default. These are some MB at most.
 */
const MALLOC = 'glibc.malloc.tcache_count=128:glibc.malloc.tcache_max=2048';
/** A worker that has not answered for so long serves nobody well; ms. */
const OBEYS_WITHIN = 5_000;
const STARTS_WITHIN = 30_000;
const SETTLES_WITHIN = 10_000;
/** Beyond the time that it was given to leave. */
const GRACE = 2_000;
/** Between starts of a worker that ends again and again. */
const PAUSES = [0, 50, 200, 1_000];
const SHORT_LIFE = 10_000;
/** Somebody sees to a router that can start no worker any more, and may have to be asked again. */
const OUTDATED_PAUSE = 10_000;

export function createCrew(options: CrewOptions): Crew {
  const { log, sockets, events, speaks } = options;
  const members = new Set<Member>();
  const slots: (Member | null)[] = Array.from({ length: options.size }, () => null);
  const starting = new Map<number, Promise<void>>();
  let born = 0;
  let failures = 0;
  let closed = false;
  /** Sockets are held that nobody may want any more. */
  let unsettled = false;
  /** The program of a worker is of another version by now. */
  let outdated = false;

  const spawn = (slot: number): Member => {
    const name = `${options.generation}.${slot}.${born++}`;
    const child = fork(options.program, [], {
      execArgv: [...process.execArgv, ...WORKER_FLAGS],
      env: { GLIBC_TUNABLES: MALLOC, ...withCompileCache(process.env) },
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const gone = endOf(child).then(({ code, signal }) => ended(member, slot, code, signal));
    child.once('error', (error) => log.error({ err: error, worker: name }, 'a worker met an error'));
    const channel = openChannel(child, `worker ${name}`, {
      async open(address: SocketAddress) {
        // It would be held here, where nobody serves any more, and another router could not get it.
        if (closed) throw new TealError('E_ROUTER_ENDS', 'The router opens no socket any more');
        const { handle, port } = await sockets.open(address);
        member.accepts = true;
        await channel.call('socket', { name: address.name }, { handle });
        return { port };
      },
      noted(news: WorkerNews) {
        if (members.has(member)) events.noted(name, news);
      },
      lost: ({ service, key }: { readonly service: string; readonly key: string }) =>
        events.lost(service, key),
      async admit({ key, limit }: { readonly key: string; readonly limit: number }) {
        const admitted = await events.admit(name, key, limit);
        if (admitted && !members.has(member)) events.left(name, key);
        return admitted;
      },
      stands: ({ key, count }: { readonly key: string; readonly count: number }) => {
        if (members.has(member)) events.stands(name, key, count);
      },
      left: ({ key }: { readonly key: string }) => {
        if (members.has(member)) events.left(name, key);
      },
      leaving: () => null,
    });
    const member: Member = {
      name,
      child,
      channel,
      gone,
      bornAt: performance.now(),
      accepts: false,
      leaves: false,
      sockets: null,
    };
    members.add(member);
    return member;
  };

  const ended = (member: Member, slot: number, code: number | null, signal: NodeJS.Signals | null) => {
    members.delete(member);
    events.gone(member.name);
    if (member.leaves) {
      log.info({ worker: member.name, process: member.child.pid, code, signal }, 'a worker has left');
      return;
    }
    log.error(
      { worker: member.name, process: member.child.pid, code, signal },
      'a worker ended: requests that it had in flight were cut, and what it counted in its last 200 ms is lost',
    );
    if (slots[slot] !== member) return;
    slots[slot] = null;
    failures = performance.now() - member.bornAt < SHORT_LIFE ? failures + 1 : 0;
    refill(slot);
  };

  const refill = (slot: number) => {
    const pause = outdated ? OUTDATED_PAUSE : PAUSES[Math.min(failures, PAUSES.length - 1)];
    setTimeout(() => {
      if (closed || slots[slot] !== null || starting.has(slot)) return;
      fill(slot).catch((error: unknown) => {
        log.error({ err: error }, 'a worker cannot start');
        if (outdated && !closed) options.onOutdated();
      });
    }, pause);
  };

  /** Starts a worker and puts it into the slot; the one before is told to leave within `drain` ms. */
  const fill = (slot: number, drain = 0): Promise<void> => {
    const work = welcome(slot, drain).finally(() => starting.delete(slot));
    starting.set(slot, work);
    return work;
  };

  const welcome = async (slot: number, drain: number): Promise<void> => {
    if (closed) throw new TealError('E_ROUTER_ENDS', 'The router starts no worker any more');
    const member = spawn(slot);
    try {
      await greet(member.channel, speaks, STARTS_WITHIN);
      const { sockets } = await member.channel.call<WorkerSettled>('start', options.start(), {
        within: STARTS_WITHIN,
      });
      member.sockets = sockets;
      // From now on a table is in force, and its sockets are open, only when this one says so too.
      member.accepts = true;
    } catch (error) {
      outdated = error instanceof TealError && error.code === 'E_ROUTER_OUTDATED';
      // It may have had clients already, so its end is told like any other.
      member.child.kill('SIGKILL');
      await member.gone;
      failures += 1;
      if (slots[slot] === null && !closed) refill(slot);
      throw error;
    }
    const before = slots[slot];
    slots[slot] = member;
    log.info({ worker: member.name, process: member.child.pid }, 'a worker serves');
    if (before) dismiss(before, 'drain', drain);
    if (unsettled) await settle();
  };

  const dismiss = (member: Member, how: 'drain' | 'close', within: number) => {
    member.leaves = true;
    member.channel.call(how, { within }).catch(() => undefined); // it has ended already
    const late = setTimeout(() => member.child.kill('SIGKILL'), within + GRACE);
    member.gone.then(() => clearTimeout(late));
  };

  /** null: it is gone, or serves nobody yet. */
  const askOne = async <T>(member: Member, method: string, input: unknown): Promise<T | null> => {
    const answer = member.channel.call<T>(method, input, { within: OBEYS_WITHIN });
    if (!member.accepts) {
      answer.catch(() => undefined); // whether it can serve at all, its start tells
      return null;
    }
    try {
      return await answer;
    } catch (error) {
      if (members.has(member)) {
        const leftJustNow = member.leaves && !member.child.connected;
        if (!leftJustNow) {
          log.error({ err: error, worker: member.name, method }, 'a worker does not obey, and is killed');
        }
        member.child.kill('SIGKILL');
        await member.gone;
      }
      return null;
    }
  };

  const all = async <T>(ask: (member: Member) => Promise<T | null>): Promise<readonly T[]> =>
    (await Promise.all([...members].map(ask))).filter((answer) => answer !== null);

  const gather = <T>(method: string, within: number) =>
    all(({ channel, accepts }) =>
      // Who is late is no worse for it.
      accepts ? channel.call<T>(method, undefined, { within }).catch(() => null) : Promise.resolve(null),
    );

  const settle = async (): Promise<void> => {
    await all(async (member) => {
      if (!member.accepts) return null;
      const settled = member.channel.call<WorkerSettled>('settled', undefined, { within: SETTLES_WITHIN });
      member.sockets = (await settled.catch(() => null))?.sockets ?? member.sockets;
      return null;
    });
    // One that starts wants what the others do, and where all have died those do that replace them: once these serve.
    unsettled = members.size < slots.length || [...members].some((member) => member.sockets === null);
    if (!unsettled) sockets.keep(new Set([...members].flatMap((member) => member.sockets!)));
  };

  const end = async (how: 'drain' | 'close', within: number): Promise<void> => {
    closed = true;
    for (const member of members) {
      if (member.accepts) dismiss(member, how, within);
      else {
        // It only starts.
        member.leaves = true;
        member.child.kill('SIGKILL');
      }
    }
    await Promise.all([...members].map(({ gone }) => gone));
  };

  return {
    async start() {
      await Promise.all(slots.map((_, slot) => fill(slot)));
    },
    ask: (method, input) => all((member) => askOne(member, method, input)),
    gather,
    tell(method, input) {
      for (const { channel } of members) channel.tell(method, input);
    },
    settle,
    async restart(drain) {
      for (const slot of slots.keys()) {
        await starting.get(slot);
        await fill(slot, drain);
      }
    },
    pids: () => [...members].map(({ child }) => child.pid!),
    drain: (within) => end('drain', within),
    close: (within) => end('close', within),
  };
}
