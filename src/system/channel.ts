import type { ChildProcess, SendHandle } from 'node:child_process';
import { TealError, type TealErrorJson } from '../core/error.ts';

/** One end of the channel between a process and its child. */
export type ChannelEnd = Pick<ChildProcess, 'on' | 'send'> | NodeJS.Process;

/** What this side does for the other; the second argument is the handle that was sent along. */
export type ChannelMethods = Readonly<Record<string, (input: never, handle: unknown) => unknown>>;

/** Calls both ways between a process and its child. Messages arrive in the order in which they were sent. */
export interface Channel {
  /**
   * Rejects with what the method threw, or with E_UNREACHABLE where the other side is gone or does not answer `within`
   * ms (default: for ever).
   */
  call<T>(method: string, input?: unknown, options?: CallOptions): Promise<T>;
  /** Without an answer; nothing happens where the other side is gone. */
  tell(method: string, input?: unknown): void;
  /** false: the other side is gone. */
  isOpen(): boolean;
}

export interface CallOptions {
  readonly within?: number;
  /** A socket or server that the other side gets as well. */
  readonly handle?: unknown;
}

interface Message {
  readonly method?: string;
  readonly id?: number;
  readonly value?: unknown;
  readonly error?: TealErrorJson & { readonly errno?: string };
}

interface Pending {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** `who` names the other side in messages. */
export function openChannel(end: ChannelEnd, who: string, methods: ChannelMethods): Channel {
  const pending = new Map<number, Pending>();
  let next = 1;
  let gone = false;

  const send = (message: Message, handle?: unknown): void => {
    if (gone) return;
    // Whether it arrived, the answer tells; whether nobody is there any more, the disconnection does.
    end.send!(message, handle as SendHandle, {}, () => undefined);
  };
  const unreachable = (why: string) => new TealError('E_UNREACHABLE', `Cannot reach ${who}`, { why });

  const answer = async (id: number | undefined, method: string, input: unknown, handle: unknown) => {
    try {
      const value = await methods[method]!(input as never, handle);
      if (id !== undefined) send({ id, value });
    } catch (error) {
      if (id === undefined) throw error;
      send({ id, error: errorToJson(error) });
    }
  };

  end.on('message', (message: Message, handle: unknown) => {
    const { method, id, value, error } = message;
    if (method !== undefined) return void answer(id, method, value, handle);
    const call = pending.get(id!);
    pending.delete(id!);
    if (error === undefined) call?.resolve(value as never);
    else call?.reject(Object.assign(TealError.fromJSON(error), { code: error.errno ?? error.code }));
  });
  end.on('disconnect', () => {
    gone = true;
    for (const { reject } of pending.values()) reject(unreachable('it has ended'));
    pending.clear();
  });

  return {
    call: (method, input, { within, handle } = {}) =>
      new Promise((resolve, reject) => {
        if (gone) return reject(unreachable('it has ended'));
        const id = next++;
        const expire = () => {
          pending.delete(id);
          reject(unreachable(`no answer to ${method} within ${within} ms`));
        };
        const timer = within === undefined ? undefined : setTimeout(expire, within);
        pending.set(id, {
          resolve(value) {
            clearTimeout(timer);
            resolve(value);
          },
          reject(error) {
            clearTimeout(timer);
            reject(error);
          },
        });
        send({ id, method, value: input }, handle);
      }),
    tell: (method, input) => send({ method, value: input }),
    isOpen: () => !gone,
  };
}

function errorToJson(error: unknown): NonNullable<Message['error']> {
  const teal =
    error instanceof TealError
      ? error
      : new TealError('E_INTERNAL', error instanceof Error ? error.message : String(error));
  const errno = (error as NodeJS.ErrnoException).code;
  return { ...teal.toJSON(), ...(errno === undefined ? {} : { errno }) };
}
