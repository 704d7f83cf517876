import { performance } from 'node:perf_hooks';
import { measureLoopLag } from '../telemetry/loop-lag.ts';
import { LoadShedder } from './load-shedder.ts';
import { TARGET } from './standing-queue.ts';

/** Every so many requests it is seen how long the one waits that is under way: the timers of a crowded loop starve. */
const OFTEN = 32;
/** And not again for so long, ms. */
const LOOK = TARGET / 2;

/** Whether this process has time for one more request, by how late it comes to all of them. */
export class Admission {
  readonly #shedder = new LoadShedder();
  readonly #lag = measureLoopLag((lag, idle, now) => this.#shedder.sample(lag, idle, now));
  #asked = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** Whether this request is refused. To be asked once for each, before it costs anything. */
  refuses(): boolean {
    this.#lag.want();
    this.#asked = (this.#asked + 1) % OFTEN;
    if (this.#asked === 0) this.#look();
    return this.#shedder.refuses();
  }

  /** A handshake of TLS has begun, or is over. */
  greets(): void {
    this.#shedder.greets();
  }

  /** How late it was to anything in the last ten seconds, ms. */
  highestLag(): number {
    return this.#lag.highest();
  }

  close(): void {
    this.#lag.close();
  }

  #look(): void {
    const now = performance.now();
    if (now - this.#lookedAt < LOOK) return;
    this.#lookedAt = now;
    this.#shedder.waits(this.#lag.pending(now), now);
  }
}
