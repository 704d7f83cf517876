/**
 * Makes docs/picture.svg: a real `teal deploy` of a canary that fails a share of its requests, under real traffic, in a real
 * terminal (tmux): once while it is watched and once when it was taken back. Run: `node scripts/picture/picture.ts`
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { openShop } from '../../test/support/shop.ts';
import { TEAL_BIN } from '../../test/support/spawn-teal.ts';
import { startTraffic } from '../../test/support/traffic.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { terminalSvg } from './terminal-svg.ts';

const COLUMNS = 80;
const ROWS = 40;
const session = `teal-picture-${process.pid}`;
const tmux = async (...args: string[]) => (await promisify(execFile)('tmux', args)).stdout;

const CANARY = 'strategy: { canary: { identify: { header: X-User-Id } } }\ndwell: 6s\nkeep: 1h\ndrain: 5s';

const shop = await openShop(`${CANARY}\nbake: 0s`);
try {
  await shop.deploy({ version: 'v1' }, '--wait', 'bake');
  await shop.service.configure(`${CANARY}\nbake: 1m`);
  await shop.service.become({ version: 'v2', failRate: 0.02 });
  const traffic = startTraffic({ url: shop.url, rate: 300, clients: 5000 });
  const env = `TEAL_HOME=${shop.home.root} FORCE_COLOR=1`;
  await tmux(
    'new-session',
    '-d',
    '-s',
    session,
    '-x',
    String(COLUMNS),
    '-y',
    String(ROWS),
    '-c',
    shop.service.folder,
  );
  await tmux(
    'send-keys',
    '-t',
    session,
    `PS1='$ '; alias teal="env ${env} ${process.execPath} ${TEAL_BIN}"; clear`,
    'Enter',
  );
  await tmux('send-keys', '-t', session, 'teal deploy', 'Enter');
  const watched = await shown(async () =>
    (await shop.status()).rollout?.verdicts.some(({ e, candidate }) => candidate.bad > 0 && e.harm > 3),
  );
  const takenBack = await shown(async () => (await shop.status()).last?.outcome === 'rolled-back');
  await traffic.stop();
  await writeFile(
    new URL('../../docs/picture.svg', import.meta.url),
    terminalSvg(`${watched.trimEnd()}\n\n${lastOf(takenBack)}`, COLUMNS, 'teal deploy'),
  );
} finally {
  await tmux('kill-session', '-t', session).catch(() => undefined); // it may not have been started
  await shop.remove();
}

/** The screen, as soon as it has been drawn anew after something has come about. */
async function shown(happened: () => Promise<boolean | undefined>): Promise<string> {
  await waitFor(happened, { within: 120_000, what: 'the moment to be taken' });
  const before = await tmux('capture-pane', '-e', '-p', '-t', session);
  return waitFor(
    async () => {
      const now = await tmux('capture-pane', '-e', '-p', '-t', session);
      return now === before ? null : now;
    },
    { what: 'the next picture' },
  );
}

/** The lines from how the rollout ended. */
function lastOf(screen: string): string {
  const lines = screen.trimEnd().split('\n');
  return lines.slice(lines.findIndex((line) => line.includes('Last:'))).join('\n');
}
