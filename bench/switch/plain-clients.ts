import { connect, type Socket } from 'node:net';
import { monotonic } from '../../test/routers/support/crowd.ts';

/** Keep-alive clients that cost little themselves: each sends its next request when it has the whole answer to the last, and has paused. */
export interface PlainClients {
  sent(): number;
  readonly failures: string[];
  stop(): Promise<void>;
}

const PEOPLE = 500;

export function startPlain(
  port: number,
  count: number,
  pause: number,
  onAnswer: (name: string, began: number) => void,
): PlainClients {
  const failures: string[] = [];
  let sent = 0;
  let over = false;

  /** One connection's life; resolves with whether the router has said that it closes it, as it does after 10,000 requests. */
  const connection = (index: number): Promise<boolean> =>
    new Promise((resolve) => {
      const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true }).setEncoding('latin1');
      let answer = '';
      let began = 0;
      let last = false;
      const ask = () => {
        if (over || last) return void socket.end();
        sent += 1;
        answer = '';
        began = monotonic();
        socket.write(`GET / HTTP/1.1\r\nHost: shop\r\nX-User-Id: u${(sent * 7 + index) % PEOPLE}\r\n\r\n`);
      };
      socket.on('connect', ask);
      socket.on('data', (text: string) => {
        answer += text;
        const head = answer.indexOf('\r\n\r\n');
        if (head < 0) return;
        const length = Number(/^content-length: (\d+)\r$/im.exec(answer)?.[1]);
        if (answer.length < head + 4 + length) return;
        if (answer.startsWith('HTTP/1.1 200 ')) onAnswer(answer.slice(head + 4), began);
        else failures.push(answer.slice(0, 80));
        last = /^connection: close\r$/im.test(answer);
        if (pause > 0) setTimeout(ask, pause);
        else ask();
      });
      socket.on('error', (error) => failures.push(String(error)));
      socket.on('close', () => resolve(last));
    });
  const client = async (index: number): Promise<void> => {
    while (!over) {
      const told = await connection(index);
      if (!told && !over) failures.push('a connection was closed');
    }
  };
  const all = Array.from({ length: count }, (_, index) => client(index));
  return {
    sent: () => sent,
    failures,
    async stop() {
      over = true;
      await Promise.all(all);
    },
  };
}
