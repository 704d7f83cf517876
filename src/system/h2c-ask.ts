import { connect, constants } from 'node:http2';
import { isIPv6 } from 'node:net';

/** A request without a body to a server that speaks HTTP/2 without TLS. */
export interface H2cQuestion {
  readonly host: string;
  readonly port: number;
  readonly method: string;
  readonly path: string;
  /** Name and value; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** ms. */
  readonly timeout: number;
  /** Characters of the answer's body that are read at most. */
  readonly most: number;
  readonly signal?: AbortSignal;
}

export interface H2cAnswer {
  readonly status: number;
  /** The beginning of it. */
  readonly body: string;
}

/** Where a server that is asked so listens. */
export const h2cOrigin = (host: string, port: number): string =>
  `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;

/**
 * Asks once, with prior knowledge (RFC 9113, 3.3), on a connection of its own that ends with the answer. Rejects with what
 * the connection met, or `no answer within N ms`, or `stopped`.
 */
export function askH2c(question: H2cQuestion): Promise<H2cAnswer> {
  const { host, port, method, path, headers, timeout, most, signal } = question;
  return new Promise((resolve, reject) => {
    const session = connect(h2cOrigin(host, port), { settings: { enablePush: false } });
    const settle = (act: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      act();
      session.destroy();
    };
    const fail = (error: Error) => settle(() => reject(error));
    const stop = () => fail(new Error('stopped'));
    const timer = setTimeout(() => fail(new Error(`no answer within ${timeout} ms`)), timeout);
    signal?.addEventListener('abort', stop, { once: true });
    session.on('error', fail);
    session.on('close', () => fail(new Error('the connection closed')));
    const stream = session.request({ ...headers, ':method': method, ':path': path }, { endStream: true });
    // What the connection met says more than what that meant for the stream.
    stream.on('error', (error) => fail(error.cause instanceof Error ? error.cause : error));
    stream.on('response', (answer) => {
      const status = Number(answer[constants.HTTP2_HEADER_STATUS]);
      let body = '';
      stream.setEncoding('utf8').on('data', (text: string) => {
        body += text;
        if (body.length >= most) settle(() => resolve({ status, body }));
      });
      stream.on('end', () => settle(() => resolve({ status, body })));
      if (most === 0) settle(() => resolve({ status, body }));
    });
  });
}
