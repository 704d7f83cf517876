import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { Views } from './views.ts';

/** As much as node has ready for a read of its own. */
const MEMORY = Buffer.allocUnsafeSlow(65_536);
const views = new Views(MEMORY);

/** A read of this socket has put so many bytes into the shared memory, where they are until this returns. false: no more for now. */
export type OnSharedRead = (this: Socket, length: number) => boolean;

/** What the read that is being told of has put there. */
export const sharedBytes = (length: number): Buffer => views.of(length);

/**
 * Has all that the socket reads put into memory that all sockets share, and told to `onRead`, one function for all of them. That is what node's `onread`
 * does for outgoing connections; it has it for no others, for which it gets new memory for each read, of 64 KB and then of what came. Where
 * a socket keeps its `onread` is found by looking at one that was made with it, so that another version of node can only be
 * slower: false, and nothing is changed, where it cannot be given or the socket has one already.
 */
export function shareReads(socket: Socket, onRead: OnSharedRead): boolean {
  if (KEPT === null) return false;
  const open = socket as OpenSocket;
  const handle = open._handle ?? null;
  if (handle === null || typeof handle.useUserBuffer !== 'function' || open[KEPT.buffer] !== null)
    return false;
  open[KEPT.buffer] = MEMORY;
  open[KEPT.callback] = onRead;
  handle.useUserBuffer(MEMORY);
  Object.assign(socket, ways);
  return true;
}

/**
 * It is paused and resumed as a socket without an `onread` is. One that has it stops reading at once where it is paused, and would
 * not notice that the other end has gone; and each time it is resumed it reads once more, however much it holds: a client
 * that sends request upon request would fill the memory.
 */
const { pause, resume, read } = Readable.prototype;
const ways = { pause, resume, read };

/** A socket as node sees it. */
interface OpenSocket extends Socket {
  readonly _handle?: { useUserBuffer?(memory: Uint8Array): void } | null;
  [kept: symbol]: unknown;
}

/** By what a socket keeps its `onread`; null: not as it did. */
const KEPT = kept();

function kept(): { readonly buffer: symbol; readonly callback: symbol } | null {
  const buffer = Buffer.alloc(1);
  const callback = () => true;
  const made = new Socket({ onread: { buffer, callback } }) as OpenSocket;
  const plain = new Socket() as OpenSocket;
  const holds = (value: unknown) =>
    Object.getOwnPropertySymbols(made).find((key) => made[key] === value && plain[key] === null);
  const [of, to] = [holds(buffer), holds(callback)];
  return of === undefined || to === undefined ? null : { buffer: of, callback: to };
}
