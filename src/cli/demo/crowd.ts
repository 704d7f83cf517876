import { Agent, type IncomingMessage, request } from 'node:http';

/** Visitors that come again and again. */
export interface Crowd {
  /** What happened since the last call of this. */
  tally(): Tally;
  /** Stops, and waits for what is under way. */
  stop(): Promise<void>;
}

/** What a stretch of traffic saw. */
export interface Tally {
  readonly requests: number;
  /** Without an answer, or answered by the router in the service's place. */
  readonly lost: number;
  /** Visitors that got an error, or nothing. */
  readonly hurt: number;
  /** Requests by the version that answered them. */
  readonly versions: ReadonlyMap<string, number>;
}

export interface CrowdOptions {
  readonly url: string;
  readonly visitors: number;
  /** Requests a second, on a fixed schedule whether or not answers come. */
  readonly rate: number;
}

interface Visitor {
  readonly number: number;
  /** Its cookie jar: what the service or Teal has set. */
  readonly cookies: Map<string, string>;
}

/** Real HTTP over kept-alive connections; each visitor has its own browser and its own cookies. */
export function gatherCrowd({ url, visitors, rate }: CrowdOptions): Crowd {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const people = Array.from({ length: visitors }, (_, number): Visitor => ({ number, cookies: new Map() }));
  const inFlight = new Set<Promise<void>>();
  let tally = emptyTally();
  let sent = 0;
  const began = performance.now();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1000) * rate);
    for (; sent < due; sent += 1) {
      // A prime step goes through all of them in an order of its own.
      const visit = visitOnce(agent, url, people[(sent * 7919) % visitors]!, tally);
      inFlight.add(visit);
      void visit.finally(() => inFlight.delete(visit));
    }
  }, 5);
  return {
    tally() {
      const { requests, lost, hurt, versions } = tally;
      tally = emptyTally();
      return { requests, lost, hurt: hurt.size, versions };
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(inFlight);
      agent.destroy();
    },
  };
}

interface OpenTally {
  requests: number;
  lost: number;
  readonly hurt: Set<number>;
  readonly versions: Map<string, number>;
}

const emptyTally = (): OpenTally => ({ requests: 0, lost: 0, hurt: new Set(), versions: new Map() });

async function visitOnce(agent: Agent, url: string, visitor: Visitor, tally: OpenTally): Promise<void> {
  tally.requests += 1;
  try {
    const answer = await get(agent, url, visitor);
    for (const line of answer.headers['set-cookie'] ?? []) keepCookie(visitor.cookies, line);
    const version = answer.headers['x-version'];
    if (typeof version === 'string') tally.versions.set(version, (tally.versions.get(version) ?? 0) + 1);
    else tally.lost += 1;
    if ((answer.statusCode ?? 0) >= 500) tally.hurt.add(visitor.number);
  } catch {
    // Whatever the reason, to the visitor it is a request without an answer.
    tally.lost += 1;
    tally.hurt.add(visitor.number);
  }
}

/** Resolves when the whole answer is there. */
function get(agent: Agent, url: string, { number, cookies }: Visitor): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = {
      accept: 'text/html',
      'sec-fetch-mode': 'navigate',
      'user-agent': `visitor-${number}`,
      ...(cookies.size > 0 ? { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') } : {}),
    };
    const req = request(url, { agent, headers, timeout: 10_000 }, (answer) => {
      answer.resume();
      answer.on('end', () => (answer.complete ? resolve(answer) : reject(new Error('cut off'))));
      answer.on('error', reject);
    });
    req.on('timeout', () => req.destroy(new Error('no answer within 10 s')));
    req.on('error', reject);
    req.end();
  });
}

function keepCookie(jar: Map<string, string>, line: string): void {
  const [pair = ''] = line.split(';');
  const at = pair.indexOf('=');
  if (at > 0) jar.set(pair.slice(0, at).trim(), pair.slice(at + 1).trim());
}
