import type { DatabaseSync } from 'node:sqlite';
import type { HistoryCount } from '../core/ports.ts';

const MINUTE = 60_000;
/** Counters older than this are of no use to any bake. */
const KEEP_MINUTES = 7 * 24 * 60;

/** Judge states and the per-minute past of metrics: derived from traffic, so they are replaced and pruned. */
export function evidenceTables(database: DatabaseSync) {
  const save = database.prepare(
    'INSERT OR REPLACE INTO evidence (service, rollout, block, state) VALUES (?, ?, ?, ?)',
  );
  const load = database.prepare('SELECT block, state FROM evidence WHERE service = ? AND rollout = ?');
  const add = database.prepare(
    `INSERT INTO history (service, metric, minute, n, bad) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET n = n + excluded.n, bad = bad + excluded.bad`,
  );
  const prune = database.prepare('DELETE FROM history WHERE service = ? AND metric = ? AND minute < ?');
  const past = database.prepare(
    `SELECT coalesce(sum(n), 0) AS n, coalesce(sum(bad), 0) AS bad FROM history
     WHERE service = ? AND metric = ? AND minute >= ?`,
  );
  return {
    save(
      service: string,
      rollout: string,
      block: number,
      state: string,
      history: readonly HistoryCount[],
    ): void {
      save.run(service, rollout, block, state);
      for (const { metric, at, n, bad } of history) {
        const minute = Math.floor(at / MINUTE);
        add.run(service, metric, minute, n, bad);
        prune.run(service, metric, minute - KEEP_MINUTES);
      }
    },
    load(service: string, rollout: string): { block: number; state: string } | null {
      const row = load.get(service, rollout) as { block: number; state: string } | undefined;
      return row === undefined ? null : { block: row.block, state: row.state };
    },
    past(service: string, metric: string, since: number): { n: number; bad: number } {
      const row = past.get(service, metric, Math.floor(since / MINUTE)) as { n: number; bad: number };
      return { n: row.n, bad: row.bad };
    },
  };
}
