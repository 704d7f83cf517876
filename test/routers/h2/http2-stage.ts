import { once } from 'node:events';
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from 'node:http2';
import { type Backend, backend } from '../support/backend.ts';
import { answerOf, type Http2Answer } from '../support/http2-answer.ts';
import { type SecureRouter, secureRouter } from '../support/secure-router.ts';

/** A router before one instance, and a client that speaks HTTP/2 to it. */
export interface Http2Stage {
  readonly running: SecureRouter;
  readonly blue: Backend;
  readonly client: ClientHttp2Session;
  /** One request of the client; without a body by default. */
  ask(headers?: OutgoingHttpHeaders, body?: Buffer | string): Promise<Http2Answer>;
  /** Requests that the instance has. */
  inFlight(): number | undefined;
  close(): Promise<void>;
}

export async function http2Stage(): Promise<Http2Stage> {
  const [running, blue] = await Promise.all([secureRouter(), backend('blue')]);
  await running.lead([blue.port]);
  const client = connect(`https://localhost:${running.port}`, { ca: running.ca });
  client.on('error', () => undefined);
  await once(client, 'connect');
  return {
    running,
    blue,
    client,
    ask(headers = {}, body) {
      const stream = client.request({ ':path': '/', ...headers }, { endStream: body === undefined });
      if (body !== undefined) stream.end(body);
      return answerOf(stream);
    },
    inFlight: () => running.router.observe('shop')?.inFlight.blue,
    async close() {
      client.destroy();
      await running.close();
      await blue.close();
    },
  };
}
