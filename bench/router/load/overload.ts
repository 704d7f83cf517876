/**
 * More requests a second than can be served, whatever comes of them, over keep-alive connections: what each takes from when it
 * went out, apart for those that were served and those that were refused with 503. A request that is due while every connection
 * waits for an answer goes out late, or never: how many did not is told, since it may be this process that could not keep up.
 */
import { quantileOf } from '../../support/report.ts';
import { HEAD_END } from '../pattern.ts';
import { connectTo } from './connect-to.ts';
import { after, obey } from './obey.ts';
import { requestFor } from './request.ts';

/** Until the router has seen that it has too much, ms: not counted. */
const SETTLING = 2_000;

obey(async ({ port, tls, size, connections, ms, rate }, steady) => {
  const request = requestFor(size);
  const served: number[] = [];
  const refused: number[] = [];
  let wrong = 0;
  /** Requests that were due so far, and those of them that have gone out. */
  let due = 0;
  let sent = 0;
  const idle = new Set<() => void>();
  const start = performance.now() + 200;
  const end = start + ms;
  const counts = (at: number) => at >= start + SETTLING && at < end;

  const open = () => {
    let asked = 0;
    let left = 0;
    let head: Buffer | null = null;
    const socket = connectTo({ port, tls }, (chunk) => {
      let bytes = head === null ? chunk : Buffer.concat([head, chunk]);
      if (left === 0) {
        const at = bytes.indexOf(HEAD_END);
        head = at < 0 ? Buffer.from(bytes) : null;
        if (at < 0) return;
        const text = bytes.toString('latin1', 0, at + 2);
        const status = text.slice(9, 12);
        left = Number(/\r\ncontent-length: (\d+)\r\n/i.exec(text)?.[1] ?? Number.NaN);
        bytes = bytes.subarray(at + HEAD_END.length);
        if (status === '200' && left === size) {
          if (counts(asked)) served.push(performance.now() - asked);
        } else if (status === '503') {
          if (counts(asked)) refused.push(performance.now() - asked);
        } else wrong += 1;
      }
      left -= bytes.length;
      if (left > 0) return;
      left = 0;
      next();
    });
    const ask = () => {
      idle.delete(ask);
      asked = performance.now();
      sent += 1;
      socket.write(request);
    };
    const next = () => {
      if (sent < due) ask();
      else idle.add(ask);
    };
    socket.on('connect', next);
    socket.on('close', () => {
      idle.delete(ask);
      if (performance.now() < end) wrong += 1;
    });
    return socket;
  };
  const sockets = Array.from({ length: connections }, open);
  steady();
  for (; performance.now() < end; await after(1)) {
    for (; start + (due * 1_000) / rate <= performance.now(); due += 1) {
      const [ask] = idle;
      ask?.();
    }
  }
  for (const socket of sockets) socket.destroy();
  const seconds = (ms - SETTLING) / 1_000;
  const taken = (took: number[]) => ({
    rate: took.length / seconds,
    p50: took.length === 0 ? null : quantileOf(took, 0.5),
    p99: took.length === 0 ? null : quantileOf(took, 0.99),
  });
  const overload = { served: taken(served), refused: taken(refused), unsent: due - sent };
  return { right: served.length, wrong, p99: overload.served.p99 ?? 0, overload };
});
