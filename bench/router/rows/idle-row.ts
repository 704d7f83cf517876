import { readFileSync } from 'node:fs';
import { must } from '../../support/report.ts';
import { startLoad } from '../load/worker.ts';
import type { Row } from './row.ts';

const CONNECTIONS = 10_000;
/** How long they stay open; memory is looked at in the middle, when it has settled. */
const HOLD_MS = 4_000;

/** Memory of the process for each connection that has carried a request and is idle. */
export const idleRow = (about: Pick<Row, 'peers'>): Row => ({
  ...about,
  name: 'idle',
  title: `Memory of ${CONNECTIONS} idle connections`,
  goal: 'Teal <= 5 KB',
  columns: ['proxy', 'connections', 'MB before', 'MB with them', 'KB each'],
  async measure(peers, { start }) {
    const rows: (string | number)[][] = [];
    for (const peer of peers) {
      const proxy = await start(peer);
      const load = startLoad('idle');
      try {
        const before = residentOf(proxy.pid);
        const opened = load.steady();
        const ended = load.run({ port: proxy.port, connections: CONNECTIONS, ms: HOLD_MS });
        await opened;
        await new Promise((resolve) => setTimeout(resolve, HOLD_MS / 2));
        const resident = residentOf(proxy.pid);
        const { right, wrong } = await ended;
        must(right === CONNECTIONS && wrong === 0, `idle, ${proxy.name}: ${right} answers, ${wrong} closed`);
        const each = ((resident - before) / CONNECTIONS).toFixed(1);
        rows.push([proxy.name, right, Math.round(before / 1_024), Math.round(resident / 1_024), each]);
      } finally {
        await load.stop();
        await proxy.stop();
      }
    }
    return rows;
  },
});

/** KB in memory. */
const residentOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]);
