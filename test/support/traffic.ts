import { Agent, request } from 'node:http';

/** What one request saw. */
export interface Seen {
  /** Index of the virtual client. */
  readonly client: number;
  /** ms since the epoch at which it was sent and answered. */
  readonly sentAt: number;
  readonly answeredAt: number;
  /** HTTP status; 0 where there was no whole answer. */
  readonly status: number;
  /** What the service said of itself (`x-version`, `x-environment`); '' where it did not answer. */
  readonly version: string;
  readonly environment: string;
  readonly error: string | null;
}

export interface TrafficOptions {
  readonly url: string;
  /** Requests a second, sent on a fixed schedule whether or not answers came (open loop). */
  readonly rate: number;
  /** Number of virtual clients; each has an identity of its own, sent as the header `x-user-id`. */
  readonly clients: number;
  readonly path?: string;
  /** Called for each finished request. */
  readonly onSeen?: (seen: Seen) => void;
}

/** Traffic that goes on until it is stopped. */
export interface Traffic {
  readonly seen: readonly Seen[];
  /** Stops sending, waits for what is in flight, closes the connections. */
  stop(): Promise<readonly Seen[]>;
}

/** Real HTTP/1.1 keep-alive traffic at a constant rate over at most 64 connections. */
export function startTraffic(options: TrafficOptions): Traffic {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const url = new URL(options.path ?? '/', options.url);
  const seen: Seen[] = [];
  const inFlight = new Set<Promise<void>>();
  const began = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1000) * options.rate);
    for (; sent < due; sent += 1) {
      const one = send(agent, url, sent % options.clients).then((result) => {
        seen.push(result);
        options.onSeen?.(result);
        inFlight.delete(one);
      });
      inFlight.add(one);
    }
  }, 4);
  return {
    seen,
    async stop() {
      clearInterval(timer);
      await Promise.all(inFlight);
      agent.destroy();
      return seen;
    },
  };
}

function send(agent: Agent, url: URL, client: number): Promise<Seen> {
  const sentAt = Date.now();
  return new Promise((resolve) => {
    const finish = (status: number, version: string, environment: string, error: string | null) =>
      resolve({ client, sentAt, answeredAt: Date.now(), status, version, environment, error });
    const req = request(
      url,
      { agent, headers: { 'x-user-id': `user-${client}` }, timeout: 20_000 },
      (res) => {
        const header = (name: string) => String(res.headers[name] ?? '');
        res.resume();
        res.on('end', () =>
          finish(
            res.complete ? (res.statusCode ?? 0) : 0,
            header('x-version'),
            header('x-environment'),
            res.complete ? null : 'cut off',
          ),
        );
        res.on('error', (error) => finish(0, header('x-version'), header('x-environment'), error.message));
      },
    );
    req.on('timeout', () => req.destroy(new Error('no answer within 20 s')));
    req.on('error', (error) => finish(0, '', '', error.message));
    req.end();
  });
}

/** Requests that got no answer or one of the router's own errors: what a release must never cause. */
export const lost = (seen: readonly Seen[]): readonly Seen[] =>
  seen.filter((one) => one.status === 0 || (one.status >= 500 && one.version === ''));
