import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { end, LOAD_CORE, pinned, script } from '../pinned.ts';
import type { LoadResult, Order } from './obey.ts';

export type LoadKind =
  | 'keep-alive'
  | 'connection-each'
  | 'http2'
  | 'websocket'
  | 'paced'
  | 'overload'
  | 'idle';

/** A load in a process of its own. */
export interface LoadWorker {
  run(order: Partial<Order> & Pick<Order, 'port' | 'ms'>): Promise<LoadResult>;
  /** Resolves once the next load has its connections open. */
  steady(): Promise<void>;
  /** Port of the instance that the load `paced` brings with it. */
  instance(): Promise<number>;
  stop(): Promise<void>;
}

const USUAL = { tls: false, size: 1_024, connections: 64, rate: 0 };

export function startLoad(kind: LoadKind): LoadWorker {
  const path = new URL(`./${kind}.ts`, import.meta.url);
  const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const;
  const child: ChildProcess = pinned(LOAD_CORE, process.execPath, script(path), process.env, [...stdio]);
  const says = async (what: (message: unknown) => boolean): Promise<unknown> => {
    for (;;) {
      const [message] = (await once(child, 'message')) as [unknown];
      if (what(message)) return message;
    }
  };
  const brought = kind === 'paced' ? says(isInstance) : null;
  return {
    async run(order) {
      const result = says((message) => typeof message === 'object' && !isInstance(message));
      child.send({ ...USUAL, ...order });
      return (await result) as LoadResult;
    },
    async steady() {
      await says((message) => message === 'steady');
    },
    async instance() {
      if (brought === null) throw new Error(`the load ${kind} has no instance`);
      return ((await brought) as { instance: number }).instance;
    },
    stop: () => end(child, 'SIGKILL'),
  };
}

const isInstance = (message: unknown): boolean =>
  typeof message === 'object' && message !== null && 'instance' in message;
