import type { Event } from '../../core/events.ts';
import type { Journal } from '../../core/ports.ts';
import type { Logger } from '../../system/log.ts';
import { eventText } from './event-text.ts';

/** Writes every journalled event into the log, with its service, rollout and actor. Returns what stops it. */
export function logEvents(journal: Pick<Journal, 'onAppend'>, log: Logger): () => void {
  return journal.onAppend((stored) => {
    for (const { id, service, rollout, event } of stored) {
      const { type, actor } = event;
      const facts = { service, ...(rollout === null ? {} : { rollout }), event: type, id, actor };
      log[isUnwelcome(event) ? 'warn' : 'info'](facts, eventText(event));
    }
  });
}

/** What somebody may want to be woken by. */
function isUnwelcome(event: Event): boolean {
  switch (event.type) {
    case 'health-lost':
    case 'alarm-raised':
    case 'take-back-decided':
      return true;
    case 'rollout-ended':
      return event.outcome !== 'promoted';
    default:
      return false;
  }
}
