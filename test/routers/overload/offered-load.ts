/** Requests at a rate, whatever comes of them, over connections that stay: the load that a router cannot choose. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const REQUEST = 'GET / HTTP/1.1\r\nHost: h\r\nX-User-Id: u\r\n\r\n';
const HEAD_END = '\r\n\r\n';

/** What each took from when it went out, ms, in rising order. */
export interface Answers {
  readonly served: readonly number[];
  /** With 503. */
  readonly refused: readonly number[];
}

export interface OfferedLoad {
  /**
   * For `ms` so many requests a second; Infinity: as many as come when each connection asks as soon as it is answered. One that is due while
   * every connection waits for its answer goes out as soon as there is one. What is asked before `from` ms have passed is not counted.
   */
  offer(rate: number, ms: number, from?: number): Promise<Answers>;
  close(): void;
}

/** Resolves when so many connections are open. */
export async function connectLoad(port: number, connections: number): Promise<OfferedLoad> {
  const clients = Array.from({ length: connections }, () => new Client(port));
  const closed = () => {
    throw new Error('a connection was closed');
  };
  await Promise.all(clients.map(({ socket }) => once(socket, 'connect')));
  return {
    async offer(rate, ms, from = 0) {
      const start = performance.now();
      const answers = { served: [] as number[], refused: [] as number[] };
      const idle = [...clients];
      let sent = 0;
      let waiting = 0;
      const due = () => Math.min(performance.now() - start, ms) * (rate / 1_000);
      const send = (client: Client) => {
        const asked = performance.now();
        sent += 1;
        waiting += 1;
        client.ask((status) => {
          waiting -= 1;
          const now = performance.now();
          if (asked - start >= from) answers[status === 200 ? 'served' : 'refused'].push(now - asked);
          if (status !== 200 && status !== 503) closed();
          if (now - start < ms && sent < due()) send(client);
          else idle.push(client);
        });
      };
      while (performance.now() - start < ms) {
        while (idle.length > 0 && sent < due()) send(idle.shift()!);
        await delay(1);
      }
      while (waiting > 0) await delay(1);
      return { served: rising(answers.served), refused: rising(answers.refused) };
    },
    close() {
      for (const { socket } of clients) socket.destroy();
    },
  };
}

const rising = (all: number[]): number[] => all.sort((a, b) => a - b);

class Client {
  readonly socket: Socket;
  #answered: (status: number) => void = () => undefined;
  #head = '';
  #status = 0;
  /** Bytes of the answer that are to come; null: its head has not come yet. */
  #left: number | null = null;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('data', (chunk) => this.#take(chunk));
    // Whoever waits for an answer hears of it.
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => this.#answered(0));
  }

  /** Calls `answered` with the status of the whole answer; 0: there was none. */
  ask(answered: (status: number) => void): void {
    this.#answered = answered;
    this.socket.write(REQUEST);
  }

  #take(chunk: Buffer): void {
    if (this.#left === null) {
      this.#head += chunk.toString('latin1');
      const end = this.#head.indexOf(HEAD_END);
      if (end < 0) return;
      this.#status = Number(this.#head.slice(9, 12));
      const body = this.#head.length - end - HEAD_END.length;
      this.#left = Number(/\r\ncontent-length: (\d+)\r\n/i.exec(this.#head)![1]) - body;
      this.#head = '';
    } else this.#left -= chunk.length;
    if (this.#left > 0) return;
    this.#left = null;
    const answered = this.#answered;
    this.#answered = () => undefined;
    answered(this.#status);
  }
}
