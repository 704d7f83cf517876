import type { Colour } from '../../core/model.ts';
import type { Clock, Router } from '../../core/ports.ts';
import type { ObservedRouting, Routing } from '../../core/world.ts';
import { backoff } from '../backoff.ts';
import { inWords, type Problems } from '../problems.ts';

/** One service's routing: what the router was told, what it says, and the way from one to the other. */
export interface RouterLink {
  /** The newest reading; null while the router is away or does not know the service. */
  readonly observed: ObservedRouting | null;
  /** For people, to whom a blink says nothing: between a change and the reading after it, what was read before it. */
  readonly shown: ObservedRouting | null;
  /** What every new request obeys, as far as is known; null: not known, or nothing. */
  readonly acknowledged: Routing | null;
  /** Reads the router. Never rejects: a router that is away is a problem. */
  observe(): Promise<void>;
  /**
   * Makes the router obey `target` (null: forget the service). Resolves when it does, or when it could not be reached;
   * then the next call tries again, after a pause unless `urgent`. The newest target wins.
   */
  converge(target: Routing | null, urgent?: boolean): Promise<void>;
  /** Whether the router may know instances of that environment. */
  lists(colour: Colour): boolean;
}

export interface RouterLinkOptions {
  readonly service: string;
  readonly router: Router;
  readonly clock: Clock;
  readonly problems: Problems;
  /** The router obeyed something that nobody here had told it. */
  readonly onDrift: (found: string) => void;
  /** The router obeys something new. */
  readonly onChange: () => void;
}

export function routerLink({
  service,
  router,
  clock,
  problems,
  onDrift,
  onChange,
}: RouterLinkOptions): RouterLink {
  let observed: ObservedRouting | null = null;
  let shown: ObservedRouting | null = null;
  /** The router has answered, since it last failed to. */
  let reached = false;
  let acknowledged: Routing | null = null;
  let target: Routing | null | undefined;
  let busy: Promise<void> | null = null;
  /** Grows with every change, so that a reading begun before it is known to be old. */
  let generation = 0;
  const retry = backoff(clock);

  function settled(): boolean {
    if (target === undefined) return true;
    if (!reached) return false;
    if (target === null) return acknowledged === null && observed === null;
    return acknowledged?.revision === target.revision;
  }

  function see(reading: ObservedRouting | null): void {
    observed = reading;
    shown = reading;
  }

  async function work(): Promise<void> {
    while (target !== undefined && !settled()) {
      const next: Routing | null = target;
      generation += 1;
      try {
        if (next === null) await router.remove(service);
        else await router.apply(next);
        retry.succeeded();
        reached = true;
        acknowledged = next;
        // What was read before is no longer true, and nobody may decide by it.
        observed = null;
        see(next === null ? null : await router.observe(service));
        problems.set('router', null);
      } catch (error) {
        retry.failed();
        shown = observed;
        problems.set('router', `The router does not take changes: ${inWords(error)}`);
        return;
      } finally {
        generation += 1;
      }
      onChange();
    }
  }

  async function observe(): Promise<void> {
    const begun = generation;
    let reading: ObservedRouting | null;
    try {
      reading = await router.observe(service);
    } catch (error) {
      reached = false;
      see(null);
      problems.set('router-away', `The router cannot be reached: ${inWords(error)}`);
      return;
    }
    problems.set('router-away', null);
    // What was read while a change was under way may be of before or after it.
    if (busy !== null || begun !== generation) return;
    reached = true;
    see(reading);
    problems.set('listen', reading?.problem ?? null);
    problems.set('certificate', reading?.warning ?? null);
    problems.set(
      'fallback',
      reading?.fellBackAt
        ? `The router sent everybody to stable by itself at ${new Date(reading.fellBackAt).toISOString()}, as no daemon was there`
        : null,
    );
    if (acknowledged !== null && reading?.revision !== acknowledged.revision) {
      onDrift(drift(reading, acknowledged));
      acknowledged = null;
    }
    // A daemon that has just started learns here that the router obeys already what it wants.
    if (target && reading?.revision === target.revision) acknowledged = target;
    if (settled()) problems.set('router', null); // it took up what it seemed not to, or got it from its own disk
  }

  return {
    get observed() {
      return observed;
    },
    get shown() {
      return shown;
    },
    get acknowledged() {
      return acknowledged;
    },
    observe,
    async converge(wanted, urgent = false) {
      target = wanted;
      if (acknowledged === null && target && observed?.revision === target.revision) acknowledged = target;
      if (busy) return busy;
      if (settled() || (!urgent && !retry.due())) return;
      busy = work().finally(() => {
        busy = null;
      });
      return busy;
    },
    lists(colour) {
      if (acknowledged !== null) return acknowledged.endpoints[colour].length > 0;
      return !(reached && observed === null);
    },
  };
}

function drift(reading: ObservedRouting | null, acknowledged: Routing): string {
  if (reading === null) return 'did not know the service any more';
  if (reading.fellBackAt !== null) return 'had sent everybody to stable, as it had not heard of the daemon';
  return `obeyed revision ${reading.revision} instead of ${acknowledged.revision}`;
}
