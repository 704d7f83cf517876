import type { ServiceStatus } from '../../api/schema.ts';
import type { Output } from '../terminal/output.ts';
import { wrap } from '../terminal/wrap.ts';
import { plural, until } from '../view/format.ts';
import { INTERRUPTED } from './interrupt.ts';
import { EXIT_CODES, type Standing } from './progress.ts';
import type { FollowResult } from './rollout.ts';

/** Says how the following ended. Returns the exit code. */
export function reportEnd(output: Output, service: string, result: FollowResult, quiet: boolean): number {
  if (result.kind === 'interrupted') {
    output.note('');
    output.note('No longer following: the rollout goes on.');
    output.note(`  See it:       teal status ${service} --watch`);
    output.note(`  Take it back: teal abort ${service}`);
    return INTERRUPTED;
  }
  if (quiet) output.json(result.status, true);
  else for (const line of endLines(result.standing, result.status, output)) output.line(line);
  return result.standing.kind === 'ended' ? EXIT_CODES[result.standing.outcome] : 0;
}

/** What a bake waits for besides its time. */
function clientsToo({ rollout }: ServiceStatus): string {
  const { clients = 0, needed = 0 } = rollout?.bake ?? {};
  return clients < needed ? `, or until ${needed} clients came, 24 h at most` : '';
}

function endLines(standing: Standing, status: ServiceStatus, { paint, stdout, live }: Output): string[] {
  if (standing.kind === 'out') {
    const bakes = standing.until
      ? `; it bakes until ${until(standing.until, Date.now())}${clientsToo(status)}`
      : '';
    const release = status.candidate?.release ?? standing.rollout;
    return ['', `${paint('green', 'Out:')} ${release} has all traffic${bakes}.`];
  }
  if (standing.kind !== 'ended') return [];
  const { outcome, reason, rollout } = standing;
  const good = outcome === 'promoted';
  const hurt = plural(status.last?.hurt ?? 0, 'client');
  const title = `${outcome[0]!.toUpperCase()}${outcome.slice(1)}:`;
  const text = `${title} ${rollout}. ${reason}`;
  const shown = live ? wrap(text, stdout.columns) : text; // what other programs read stays one line
  return [
    '',
    paint(good ? 'green' : 'red', title) + shown.slice(title.length),
    ...(good ? [] : [`${hurt} hurt. What happened: teal show ${rollout}`]),
  ];
}
