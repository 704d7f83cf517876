import { initialState } from '../../src/core/state.ts';
import type { Fold } from '../../src/journal/sqlite.ts';

/** The least fold that a journal can be tested with: counts events and keeps the texts of notes in `handled`. */
export const countingFold: Fold = {
  version: 1,
  initial: initialState,
  evolve: (state, event) => ({
    ...state,
    version: state.version + 1,
    handled: event.type === 'note' ? [...state.handled, event.text] : state.handled,
  }),
};
