/** A process of clients of every kind, which remembers who answered each request and when it began. */
import { type Crowd, crowd, monotonic } from '../../test/routers/support/crowd.ts';
import type { FromClients, ToClients, Turn } from './messages.ts';
import { startPlain } from './plain-clients.ts';

const NAMES = ['blue', 'green'];
const TELL_EVERY = 20;

/** Of each answer: when its request began, when it was whole, and which of {@link NAMES} gave it. */
const began: number[] = [];
const ended: number[] = [];
const givenBy: number[] = [];
const remember = (name: string, at: number) => {
  began.push(at);
  ended.push(monotonic());
  givenBy.push(NAMES.indexOf(name));
};

const tell = (message: FromClients) => process.send!(message);
let people: Crowd;
let plain: ReturnType<typeof startPlain>;
const sent = () => people.total() + plain.sent();

process.on('message', async (message: ToClients) => {
  if (message.kind === 'start') {
    const { port, securePort, ca, plain: count, pause, ...kinds } = message.start;
    plain = startPlain(port, count, pause, remember);
    const secure = { port: securePort, ca };
    people = await crowd(
      { port, secure, clients: 500, plain: 0, ...kinds, ...(pause > 0 ? { pause } : {}), onAnswer: remember },
      NAMES,
    );
    setInterval(() => tell({ kind: 'sent', sent: sent() }), TELL_EVERY);
    return;
  }
  await Promise.all([people.stop(), plain.stop()]);
  const failures = [...people.failures, ...plain.failures];
  tell({ kind: 'seen', seen: { sent: sent(), failures, ...review(message.turns) } });
  process.disconnect();
  process.exit(0);
});

function review(turns: readonly Turn[]): { late: number; untilLast: number[] } {
  const untilLast = turns.map(() => 0);
  let late = 0;
  began.forEach((at, index) => {
    const turn = turns.findLastIndex((one) => one.began <= at);
    if (turn < 0) return;
    const { old, began: decided, obeyed, next } = turns[turn]!;
    // One that was still under way when the next switch began may have obeyed that.
    if (NAMES[givenBy[index]!] !== old || ended[index]! >= next) return;
    untilLast[turn] = Math.max(untilLast[turn]!, at - decided);
    if (at > obeyed) late += 1;
  });
  return { late, untilLast };
}
