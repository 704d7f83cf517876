import type { ServiceState } from '../../src/core/model.ts';
import type { Fold } from '../../src/journal/sqlite.ts';

const EMPTY = { release: null, role: 'empty', until: null, unhealthySince: null } as const;

/** The least fold that a journal can be tested with: counts events and keeps the texts of notes in `handled`. */
export const countingFold: Fold = {
  version: 1,
  initial: (service): ServiceState => ({
    service,
    version: 0,
    releases: {},
    environments: { blue: EMPTY, green: EMPTY },
    split: null,
    rollout: null,
    last: null,
    afterwards: [],
    handled: [],
    rollouts: 0,
  }),
  evolve: (state, event) => ({
    ...state,
    version: state.version + 1,
    handled: event.type === 'note' ? [...state.handled, event.text] : state.handled,
  }),
};
