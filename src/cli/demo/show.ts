import { availableParallelism, loadavg } from 'node:os';
import { TealError } from '../../core/error.ts';
import { INTERRUPTED, onInterrupt } from '../follow/interrupt.ts';
import { BIN } from '../own-argv.ts';
import type { Output } from '../terminal/output.ts';
import { wrap } from '../terminal/wrap.ts';
import { count, duration, plural } from '../view/format.ts';
import { ACTS, type Act, FIRST, SHORTENED } from './acts.ts';
import { type Crowd, gatherCrowd } from './crowd.ts';
import { type Stage, setStage } from './stage.ts';

const VISITORS = 2000;
const RATE = 250;

/** The whole demo. Leaves nothing behind, also when it is interrupted. Resolves with the exit code. */
export async function showDemo(output: Output, keep: boolean): Promise<number> {
  const interrupt = onInterrupt();
  const stage = await setStage();
  let crowd: Crowd | null = null;
  const began = performance.now();
  try {
    const opened = await unlessInterrupted(open(output, stage), interrupt.signal);
    if (opened === null) return INTERRUPTED;
    crowd = opened;
    const rows: string[] = [];
    for (const act of ACTS) {
      const row = await unlessInterrupted(play(output, stage, crowd, act), interrupt.signal);
      if (row === null) return INTERRUPTED;
      rows.push(...row);
    }
    output.line(output.paint('bold', `\nFour releases in ${duration(performance.now() - began)}`));
    output.line(wrap(SHORTENED, 78));
    for (const row of rows) output.line(row);
    if (keep) await stay(output, stage, interrupt.signal);
    return 0;
  } finally {
    await crowd?.stop();
    if (interrupt.signal.aborted) output.line('\nStopping what the demo started ...');
    await stage.clear();
    output.line(
      output.paint('dim', 'Everything that the demo started is stopped, and its folder is removed.'),
    );
    interrupt.release();
  }
}

async function open(output: Output, stage: Stage): Promise<Crowd> {
  output.line(output.paint('bold', 'Teal: a real service, real releases, real traffic'));
  output.line(`A shop with two instances in ${stage.shop.folder}, at ${stage.url}`);
  output.line(wrap(SHORTENED, 78));
  output.line();
  await stage.shop.become(FIRST.version, FIRST.settings);
  await command(output, stage, ['up'], 0);
  await command(output, stage, ['deploy', '--yes', '--message', 'the first release'], 0);
  const crowd = gatherCrowd({ url: stage.url, visitors: VISITORS, rate: RATE });
  output.line(
    `\n${count(VISITORS)} visitors come now, each with a browser of its own: ${RATE} requests a second.`,
  );
  return crowd;
}

/** Plays an act and resolves with its lines of the summary. */
async function play(output: Output, stage: Stage, crowd: Crowd, act: Act): Promise<string[]> {
  output.line(output.paint('bold', `\n${act.title}`));
  output.line(wrap(act.about, 78));
  await stage.shop.become(act.version, act.settings);
  crowd.tally();
  const began = performance.now();
  for (const [index, args] of act.commands.entries()) {
    await command(output, stage, args, act.expected[index] ?? 0);
  }
  const took = duration(performance.now() - began);
  const { requests, lost, hurt, versions } = crowd.tally();
  const { last } = await stage.status();
  const seen = versions.get(act.version.name) ?? 0;
  return [
    '',
    `${output.paint('bold', act.title)}: ${last?.outcome ?? 'unknown'}, ${took}`,
    `  ${count(requests)} requests, ${paintCount(output, lost)} lost; ${act.version.name} answered ${count(seen)}`,
    `  ${paintCount(output, hurt)} of ${plural(VISITORS, 'visitor')} got an error; Teal counted ${count(last?.hurt ?? 0)}`,
    ...wrap(last?.reason ?? '', 76)
      .split('\n')
      .map((line) => output.paint('dim', `  ${line}`)),
  ];
}

const paintCount = ({ paint }: Output, value: number) => paint(value === 0 ? 'green' : 'red', count(value));

async function command(
  output: Output,
  stage: Stage,
  args: readonly string[],
  expected: number,
): Promise<void> {
  const shown = args.map((arg) => (arg.includes(' ') ? `"${arg}"` : arg)).join(' ');
  output.line(output.paint('cyan', `\n$ teal ${shown}`));
  const code = await stage.teal(args, 'shown');
  if (code === expected || code === INTERRUPTED) return;
  throw new TealError('E_DEMO', `teal ${shown} ended with ${code} instead of ${expected}`, {
    why: `The reason is above. This machine has ${availableParallelism()} cores and a load of ${loadavg()[0]!.toFixed(1)}.`,
    fix: 'Where the load is higher than the number of cores, try again when it is less busy; else teal doctor checks the machine.',
  });
}

async function stay(output: Output, stage: Stage, signal: AbortSignal): Promise<void> {
  output.line(output.paint('bold', '\nIt stays up until Ctrl-C. In another terminal:'));
  output.line(
    `  export TEAL_HOME='${stage.home.root}'; alias teal="node '${BIN}'"; cd '${stage.shop.folder}'`,
  );
  output.line('  teal status --watch          see the traffic');
  output.line('  $EDITOR version.json         change the name, a failRate, the title');
  output.line('  teal deploy                  release that');
  output.line('  teal rollback shop           and take it back');
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** null as soon as a person pressed Ctrl-C; what was under way is then stopped by clearing the stage. */
async function unlessInterrupted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  const interrupted = new Promise<null>((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
  const result = await Promise.race([
    work.catch((error: unknown) => {
      if (signal.aborted) return null; // its command was interrupted with us
      throw error;
    }),
    interrupted,
  ]);
  return signal.aborted ? null : result;
}
