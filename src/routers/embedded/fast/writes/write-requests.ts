import { getSystemErrorName } from 'node:util';

/** What node's handles are given for a write, and tell its end to. One that the kernel took at once is free for the next. */
export interface WriteRequest {
  /** Called once, if the write had to wait: 0, or the negative number of an error. */
  oncomplete?: (status: number) => void;
  /** Keeps what is written from being collected. */
  buffer?: Uint8Array;
}

/** The part of node's binding that its own sockets use. */
interface StreamBinding {
  readonly WriteWrap: new () => WriteRequest;
  /** What the last write said of itself, of whatever socket. */
  readonly streamBaseState: ArrayLike<number>;
  readonly kLastWriteWasAsync: number;
}

const BINDING = binding();

/** Whether handles can be written to at all; if not, `writeRequest` must not be called. Another version of node may only be slower. */
export const CAN_WRITE = BINDING !== null;

let spare: WriteRequest | null = null;

/** For one write. All use the same, until one of them has to wait. */
export function writeRequest(): WriteRequest {
  spare ??= new BINDING!.WriteWrap();
  return spare;
}

/** Whether the kernel has not taken all of the write just made: then its request is still in use, see {@link keep}. */
export const lastWriteWaits = (): boolean => BINDING!.streamBaseState[BINDING!.kLastWriteWasAsync] !== 0;

/** This request stays with the write that was made with it; other writes get another one. */
export function keep(request: WriteRequest, bytes: Uint8Array): void {
  spare = null;
  request.buffer = bytes;
}

/** As node words it. `status`: negative. */
export const writeError = (status: number): NodeJS.ErrnoException => {
  const code = getSystemErrorName(status);
  return Object.assign(new Error(`write ${code}`), { code, errno: status, syscall: 'write' });
};

/**
 * Node's documents advise against `process.binding`, which has no successor for this: nothing public writes to a socket without its stream.
 * Where it is not to be had, or not as it was, sockets are written to in the usual way.
 */
function binding(): StreamBinding | null {
  const { binding: find } = process as { binding?: (name: string) => Partial<StreamBinding> };
  try {
    const found = find?.('stream_wrap');
    const { WriteWrap, streamBaseState, kLastWriteWasAsync } = found ?? {};
    const isAsItWas =
      typeof WriteWrap === 'function' &&
      ArrayBuffer.isView(streamBaseState) &&
      typeof streamBaseState?.[kLastWriteWasAsync ?? -1] === 'number';
    return isAsItWas ? (found as StreamBinding) : null;
  } catch {
    // Node's permission model forbids it.
    return null;
  }
}
