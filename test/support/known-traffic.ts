import { evolve, FOLD_VERSION } from '../../src/core/evolve.ts';
import { initialState } from '../../src/core/state.ts';
import { startLedger } from '../../src/evidence/ledger.ts';
import { peakBefore } from '../../src/evidence/peak-traffic.ts';
import { sqliteJournal } from '../../src/journal/sqlite.ts';
import type { Home } from '../../src/system/home.ts';

/**
 * Makes a home remember a day of the service `shop` with so many clients a second at its peak, as its daemon would have kept
 * it. Before `teal up`: a service that nobody knows is counted for half a minute first.
 */
export function knowTraffic(home: Pick<Home, 'journal'>, clientsPerSecond: number): void {
  const journal = sqliteJournal({
    path: home.journal,
    fold: { version: FOLD_VERSION, initial: initialState, evolve },
  });
  try {
    const peak = peakBefore(Date.now(), clientsPerSecond * 10);
    journal.saveEvidence('shop', '', 0, JSON.stringify(startLedger('shop', '', 'blue', 0, { peak })));
  } finally {
    journal.close();
  }
}
