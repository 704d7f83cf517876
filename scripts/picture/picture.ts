/**
 * Makes docs/picture.svg: a real `teal deploy` of a canary that fails a share of its requests, under real traffic, in a real
 * terminal (tmux), caught when the verdict has been reached. Run: `node scripts/picture/picture.ts`
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

const shop = await openShop('strategy: blue-green\nbake: 0s\nkeep: 1h');
try {
  await shop.deploy({ version: 'v1' }, '--wait', 'bake');
  await shop.service.configure(
    'strategy: { canary: { identify: { header: X-User-Id } } }\ndwell: 4s\nbake: 1m\ndrain: 5s',
  );
  await shop.service.become({ version: 'v2', failRate: 0.04 });
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
  await waitFor(async () => (await shop.status()).last?.outcome === 'rolled-back', {
    within: 120_000,
    what: 'the canary to be taken back',
  });
  const screen = await waitFor(
    async () => {
      const now = await tmux('capture-pane', '-e', '-p', '-t', session);
      return /rolled.back/i.test(now) ? now : null;
    },
    { what: 'the last picture' },
  );
  await traffic.stop();
  await writeFile(
    new URL('../../docs/picture.svg', import.meta.url),
    terminalSvg(screen, COLUMNS, 'teal deploy'),
  );
} finally {
  await tmux('kill-session', '-t', session).catch(() => undefined); // it may not have been started
  await shop.remove();
}
