/** Ledgers as they were kept, also by an older Teal: a rollout outlives an upgrade, and its record many. */
import { emptyLikelihood, type RateState } from '../judge/index.ts';
import { type Ledger, startLedger } from './ledger.ts';

/** `text`: a ledger as JSON. What an older Teal did not count begins empty; what it counted goes on. */
export function keptLedger(text: string): Ledger {
  const kept = JSON.parse(text) as Ledger;
  const { traffic, rollout, candidate } = kept;
  const empty = startLedger(traffic.service, rollout, candidate, traffic.block);
  const rates = Object.entries(kept.rates).map(([metric, state]) => [metric, keptRate(state)] as const);
  return { ...empty, ...kept, rates: Object.fromEntries(rates) };
}

/** Once the likelihoods of the ratios were a plain list of logarithms. */
function keptRate(state: RateState): RateState {
  const likelihood: unknown = state.likelihood;
  return Array.isArray(likelihood)
    ? { ...state, likelihood: { ...emptyLikelihood(), logs: likelihood as number[] } }
    : state;
}
