import type { Duplex } from 'node:stream';
import type { EndpointState } from '../endpoints/endpoint.ts';
import type { Side } from './side.ts';
import { Way } from './way.ts';

/** For the end of a frame that is under way, for an answer to the close frame, and for one side when the other has closed, ms. */
const FAREWELL = 1_000;

/** Two connections that are to carry on as one. */
export interface Ends {
  readonly client: Side;
  readonly instance: Side;
  /** What came from either before they were joined. */
  readonly clientEarly: Buffer;
  readonly instanceEarly: Buffer;
}

/**
 * Passes everything on, both ways, until both sides have closed; resolves then, and rejects only with a fault of the router.
 * When the endpoint leaves the table, which is at the end of its drain, both sides of a WebSocket are told so by a close
 * frame, between two frames; the sides of anything else are ended.
 */
export async function joined(ends: Ends, endpoint: EndpointState, webSocket: boolean): Promise<void> {
  const { clientEarly, instanceEarly } = ends;
  const client = ends.client.stream;
  const instance = ends.instance.stream;
  const destroyBoth = () => {
    client.destroy();
    instance.destroy();
  };
  if (client.destroyed || instance.destroyed) return destroyBoth();
  const fault = Promise.withResolvers<never>();
  const up = new Way(ends.client, instance, webSocket, true, fault.reject);
  const down = new Way(ends.instance, client, webSocket, false, fault.reject);
  const leave = () => {
    up.close();
    down.close();
    destroyLater(client);
    destroyLater(instance);
  };
  const closed = Promise.all([closing(client, instance), closing(instance, client)]);
  endpoint.leaving.add(leave);
  try {
    up.start(clientEarly);
    down.start(instanceEarly);
    await Promise.race([closed, fault.promise]);
  } catch (error) {
    destroyBoth();
    throw error;
  } finally {
    endpoint.leaving.delete(leave);
  }
}

/** Resolves when this side has closed; what that means for the other one is seen to. */
function closing(side: Duplex, other: Duplex): Promise<void> {
  // Either side may break off at any time: that is how tunnels end, not a failure. The closing follows.
  side.on('error', () => undefined);
  return new Promise((resolve) => {
    side.once('close', () => {
      if (!side.readableEnded || !side.writableFinished) other.destroy();
      // It may still have to take what came last, but nobody hears it any more.
      else if (other.writableFinished) destroyLater(other);
      else other.once('finish', () => destroyLater(other));
      resolve();
    });
  });
}

function destroyLater(side: Duplex): void {
  const timer = setTimeout(() => side.destroy(), FAREWELL);
  timer.unref();
  side.once('close', () => clearTimeout(timer));
}
