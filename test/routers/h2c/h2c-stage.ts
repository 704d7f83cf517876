import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { type SecureRouter, secureRouter } from '../support/secure-router.ts';
import { H2C, type H2cInstance, h2cInstance } from './h2c-instance.ts';

/** A router before one instance of h2c, and a client that speaks HTTP/2 to it. */
export interface H2cStage {
  readonly running: SecureRouter;
  readonly blue: H2cInstance;
  readonly client: ClientHttp2Session;
  /** Requests that the instance has. */
  inFlight(): number | undefined;
  close(): Promise<void>;
}

/** `answerHead`: how long an instance may take for the head of an answer, ms. */
export async function h2cStage(answerHead = 800): Promise<H2cStage> {
  const [running, blue] = await Promise.all([
    secureRouter({ limits: { answerHead, connect: 400, bodyIdle: 600 } }),
    h2cInstance('blue'),
  ]);
  await running.lead([blue.port], H2C);
  const client = connect(`https://localhost:${running.port}`, { ca: running.ca });
  client.on('error', () => undefined);
  await once(client, 'connect');
  return {
    running,
    blue,
    client,
    inFlight: () => running.router.observe('shop')?.inFlight.blue,
    async close() {
      client.destroy();
      await running.close();
      await blue.close();
    },
  };
}
