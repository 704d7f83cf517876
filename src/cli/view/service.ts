/** One service as lines for a terminal: a pure function of its status. */
import type { EnvironmentStatus, ServiceStatus } from '../../api/schema.ts';
import type { Painter } from '../terminal/paint.ts';
import { clip, columns } from '../terminal/paint.ts';
import { wrap } from '../terminal/wrap.ts';
import { splitBar } from './bars.ts';
import { count, duration, latency, perSecond, plural, rate, share, until } from './format.ts';
import { paceLines } from './pace.ts';
import { stepLines } from './steps.ts';
import { NARROW, verdictLines } from './verdicts.ts';

export interface ViewOptions {
  /** Columns of the terminal. */
  readonly width: number;
  /** Lines at most; steps far from the current one are left out first, then what verdicts say. Default: as many as it takes. */
  readonly height?: number;
  /** Unix ms. */
  readonly now: number;
  readonly paint: Painter;
}

const COLOURS = ['blue', 'green'] as const;
/** Lines: the current step, and how many are before and to come. */
const FEWEST_STEPS = 3;

/** What `teal status` and the live view show. No line is wider than `width`. */
export function serviceView(status: ServiceStatus, options: ViewOptions): string[] {
  const { width, now, paint } = options;
  const { rollout } = status;
  const above = [
    headline(status, options),
    ...COLOURS.map((colour) => environmentLine(status, colour, options)),
    ...trafficTable(status, paint),
  ];
  const below = (isBrief: boolean) => [
    ...maintenanceLines(status, width, now, paint),
    ...(rollout ? verdictLines(rollout.verdicts, width, paint, isBrief) : []),
    ...(rollout ? paceLines(rollout.pace, paint) : []),
    ...(rollout
      ? ['', ...waitingLines(status, rollout, width, now, paint)]
      : lastLines(status, width, paint)),
    ...status.problems.flatMap((text) => hang(paint('red', '! '), text, width)),
  ];
  const height = options.height ?? Number.POSITIVE_INFINITY;
  const roomBeside = (lines: readonly string[]) => height - above.length - lines.length - 1;
  // What it waits for, and until when, must never fall off the end of the screen.
  const whole = below(false);
  const shown = rollout && roomBeside(whole) < FEWEST_STEPS ? below(true) : whole;
  const steps = rollout
    ? ['', ...stepLines(rollout, Math.max(FEWEST_STEPS, roomBeside(shown)), now, paint)]
    : [];
  return [...above, ...steps, ...shown].map((line) => clip(line, width));
}

function headline(status: ServiceStatus, { width, paint }: ViewOptions): string {
  const left = `${paint('bold', status.service)}  ${status.strategy}  ${phase(status, paint)}`;
  const right = status.listen ?? 'no listener';
  return left + ' '.repeat(Math.max(2, width - columns(left) - columns(right))) + paint('dim', right);
}

function phase({ phase, rollout }: ServiceStatus, paint: Painter): string {
  if (phase === 'idle') return paint('green', 'idle');
  if (phase === 'failed') return paint('red', 'failed');
  if (phase === 'rolling-back') return paint('red', 'taking back');
  if (phase === 'paused') return paint('yellow', 'paused');
  if (phase === 'waiting') return paint('yellow', 'waiting');
  return paint('cyan', rollout?.outAt ? 'out, baking' : 'rolling out');
}

function environmentLine(status: ServiceStatus, colour: 'blue' | 'green', options: ViewOptions): string {
  const { width, paint, now } = options;
  const { release, state, until: warmUntil } = status.environments[colour];
  // Before the first release all of the weight is on an environment in which there is nothing.
  const weight = release === null ? 0 : (status.split?.[colour] ?? 0);
  const room = Math.max(8, Math.min(30, width - 57));
  const name = paint(colour, colour.padEnd(5));
  const text = release === null ? '-' : release;
  const warm =
    state === 'warm' && warmUntil ? `warm ${duration(Math.max(0, Date.parse(warmUntil) - now))}` : state;
  if (width < NARROW) return `  ${name}  ${share(weight).padStart(7)}  ${warm}  ${text}`;
  return `  ${name}  ${text.padEnd(25)} ${warm.padEnd(12)} ${splitBar(colour, weight, room, paint)} ${share(weight).padStart(7)}`;
}

function trafficTable(status: ServiceStatus, paint: Painter): string[] {
  const shown = COLOURS.filter((colour) => status.environments[colour].instances.length > 0);
  if (shown.length === 0) return [];
  const head = paint('dim', `         instances      req/s   errors       p50       p99   in flight`);
  return [
    '',
    head,
    ...shown.map((colour) => {
      const { instances, traffic, inFlight, problem } = status.environments[colour];
      const ready = instances.filter(({ state }) => state === 'ready').length;
      const health = `${ready}/${instances.length} ready`;
      const restarts = instances.reduce((sum, instance) => sum + instance.restarts, 0);
      const cells = [
        ready === instances.length ? health.padEnd(11) : paint('yellow', health.padEnd(11)),
        (traffic ? perSecond(traffic.requestsPerSecond) : '-').padStart(8),
        errorCell((traffic ? rate(traffic.errorRate) : '-').padStart(8), traffic?.errorRate ?? 0, paint),
        latency(traffic?.p50 ?? null).padStart(9),
        latency(traffic?.p99 ?? null).padStart(9),
        String(inFlight).padStart(11),
      ];
      const note = problem ?? (restarts > 0 ? plural(restarts, 'restart') : '');
      return `  ${paint(colour, colour.padEnd(5))}  ${cells.join(' ')}${note ? `  ${paint('red', note)}` : ''}`;
    }),
  ];
}

const errorCell = (text: string, errorRate: number, paint: Painter) =>
  errorRate > 0 ? paint('red', text) : text;

function maintenanceLines(
  { maintenance }: ServiceStatus,
  width: number,
  now: number,
  paint: Painter,
): string[] {
  if (maintenance === null) return [];
  const end = maintenance.until === null ? '' : `, until ${until(maintenance.until, now)}`;
  const said = maintenance.message === null ? '' : `: ${maintenance.message}`;
  return ['', ...hang(paint('yellow', '! '), `Maintenance by ${maintenance.by}${end}${said}`, width)];
}

function waitingLines(
  { candidate, environments }: ServiceStatus,
  rollout: NonNullable<ServiceStatus['rollout']>,
  width: number,
  now: number,
  paint: Painter,
): string[] {
  const wait = rollout.waitingFor
    ? `Waiting for ${rollout.waitingFor}${rollout.until ? `, until ${until(rollout.until, now)}` : ''}`
    : (rollout.reason ?? 'Working');
  const hurt = `Clients hurt by the candidate: ${rollout.hurt}`;
  // While it is being prepared; later its users and the router's own probes say more.
  const starting = candidate && environments[candidate.environment].instances.find(isStarting);
  return [
    ...hang('  ', wait, width),
    ...(starting ? hang('  ', `${starting.id}: ${starting.lastProbe!.detail}`, width) : []),
    ...bakeLines(rollout, width, now),
    ...(rollout.takingBack && rollout.reason ? hang(paint('red', '  '), rollout.reason, width) : []),
    `  ${rollout.hurt > 0 ? paint('red', hurt) : hurt}`,
  ];
}

const isStarting = ({ state, lastProbe }: EnvironmentStatus['instances'][number]) =>
  state === 'starting' && lastProbe?.ok === false;

/** How many clients a bake has seen of those that it needs, how long that takes as they come now, and what may be done meanwhile. */
function bakeLines(
  { bake, steps, step }: NonNullable<ServiceStatus['rollout']>,
  width: number,
  now: number,
): string[] {
  if (bake === null) return [];
  const { clients, needed } = bake;
  const seen = `Clients in the bake: ${count(clients)} of ${count(needed)} or more`;
  const startedAt = steps[step]?.startedAt ?? null;
  if (clients >= needed || startedAt === null) return [`  ${seen}`];
  const left = ((needed - clients) * (now - Date.parse(startedAt))) / clients;
  const time = clients === 0 ? 'nobody comes now' : `about ${duration(left)} more as they come now`;
  const choices =
    'It is over after a day at most; the next teal deploy may end it sooner, teal abort takes the release back';
  return hang('  ', `${seen}, ${time}. ${choices}.`, width);
}

function lastLines({ last, environments, stable }: ServiceStatus, width: number, paint: Painter): string[] {
  if (!last) return stable === null ? ['', '  Nothing was released yet: teal deploy'] : [];
  const ink = last.outcome === 'promoted' ? 'green' : 'red';
  const took = duration(Date.parse(last.endedAt) - Date.parse(last.startedAt));
  const broken = COLOURS.flatMap((colour) => environments[colour].instances).find(
    (one) => one.state === 'failed',
  );
  return [
    '',
    `  Last: ${last.id} ${paint(ink, last.outcome)} after ${took}, ${plural(last.hurt, 'client')} hurt`,
    ...hang('  ', last.reason, width),
    ...(broken?.lastProbe ? hang('  ', `${broken.id}: ${broken.lastProbe.detail}`, width) : []),
  ];
}

/** A text below a mark, its further lines under the first. */
function hang(mark: string, text: string, width: number): string[] {
  const indent = ' '.repeat(columns(mark));
  return text
    .split('\n')
    .flatMap((paragraph) => wrap(paragraph, width - columns(mark)).split('\n'))
    .map((line, index) => (index === 0 ? mark : indent) + line);
}
