import type { Step } from '../../core/model.ts';
import type { StoredEvent } from '../../core/ports.ts';
import { eventText } from '../events/event-text.ts';
import type { EventStatus } from '../schema.ts';
import { rfc3339 } from './time.ts';

/**
 * An event as the API tells it. Of a release only what identifies it: its configuration is the release's own business.
 * `steps`: of the event's rollout, where they are known.
 */
export function eventStatus(
  { id, version, service, rollout, event }: StoredEvent,
  steps: readonly Step[] = [],
): EventStatus {
  const { type, at, actor, ...data } = event;
  return {
    id,
    version,
    service,
    rollout,
    at: rfc3339(at),
    actor,
    type,
    text: eventText(event, steps),
    data:
      'release' in data && typeof data.release === 'object'
        ? { ...data, release: brief(data.release) }
        : data,
  };
}

function brief(release: unknown): Record<string, unknown> {
  const { id, digest, createdAt, message } = (release ?? {}) as Record<string, unknown>;
  return { id, digest, createdAt, message };
}
