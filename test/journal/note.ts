import type { Event } from '../../src/core/events.ts';

/** An event whose text a test recognises. */
export const note = (text: string): Event => ({ type: 'note', text, at: 1, actor: 'test' });
