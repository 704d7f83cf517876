import { setTimeout as delay } from 'node:timers/promises';
import { Agent, type Dispatcher } from 'undici';
import type { LoadCheckSpec } from '../../core/service/check-spec.ts';
import { requestsOf, type Segment, sendAt, uncounted } from './schedule.ts';
import { type LoadStatistics, type Sample, statisticsOf } from './statistics.ts';

/**
 * The one thing that bounds an open loop: sockets of this machine. A request that is due while so many are on their
 * way is not sent, and counts as an error that took its whole time limit.
 */
export const MOST_IN_FLIGHT = 2_000;

/**
 * Sends one stretch of load to `base` and waits for its last answer. Requests leave at times fixed beforehand, whether
 * or not earlier ones were answered, and latency counts from those times; so a service that stalls is charged for
 * every request that came meanwhile.
 */
export async function generate(spec: LoadCheckSpec, base: string, segment: Segment): Promise<LoadStatistics> {
  const agent = new Agent({
    connections: MOST_IN_FLIGHT,
    headersTimeout: 0,
    bodyTimeout: 0,
    connectTimeout: 0,
  });
  try {
    return statisticsOf(await sendAll(spec, new URL(base).origin, segment, agent));
  } finally {
    await agent.destroy();
  }
}

async function sendAll(
  spec: LoadCheckSpec,
  origin: string,
  segment: Segment,
  agent: Dispatcher,
): Promise<Sample[]> {
  const warmUp = uncounted(segment, spec.rate);
  const total = requestsOf(segment, spec.rate);
  const samples: Sample[] = [];
  const inFlight = new Set<Promise<void>>();
  const began = performance.now();
  for (let index = 0; index < total; index += 1) {
    const due = began + sendAt(index, spec.rate);
    for (let early = due - performance.now(); early > 0; early = due - performance.now()) {
      await delay(Math.ceil(early));
    }
    const lag = performance.now() - due;
    const keep = (sample: Omit<Sample, 'lag'>) => void (index >= warmUp && samples.push({ ...sample, lag }));
    if (inFlight.size >= MOST_IN_FLIGHT) {
      keep({ latency: spec.timeout, error: `not sent: ${MOST_IN_FLIGHT} were in flight` });
      continue;
    }
    const one: Promise<void> = send(spec, origin, agent, due).then((sample) => {
      inFlight.delete(one);
      keep(sample);
    });
    inFlight.add(one);
  }
  await Promise.all(inFlight);
  return samples;
}

async function send(
  spec: LoadCheckSpec,
  origin: string,
  dispatcher: Dispatcher,
  due: number,
): Promise<Omit<Sample, 'lag'>> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), spec.timeout);
  try {
    const status = await exchange(spec, origin, dispatcher, late.signal);
    return { latency: performance.now() - due, error: status >= 400 ? `status ${status}` : null };
  } catch (error) {
    if (late.signal.aborted) return { latency: performance.now() - due, error: 'timed out' };
    const { code, message } = error as NodeJS.ErrnoException;
    return { latency: null, error: `no answer: ${code ?? message}` };
  } finally {
    clearTimeout(timer);
  }
}

async function exchange(spec: LoadCheckSpec, origin: string, dispatcher: Dispatcher, signal: AbortSignal) {
  const { statusCode, body } = await dispatcher.request({
    origin,
    path: spec.path,
    method: spec.method as 'GET',
    headers: spec.headers,
    body: spec.body,
    signal,
  });
  for await (const _ of body) {
    // read to its end: the answer's last byte is what the user waits for
  }
  return statusCode;
}
