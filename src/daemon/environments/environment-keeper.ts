import type { Colour, Release } from '../../core/model.ts';
import type { Clock, Platform } from '../../core/ports.ts';
import type { DesiredEnvironment, ObservedEnvironment } from '../../core/world.ts';
import { backoff } from '../backoff.ts';
import { inWords, type Problems } from '../problems.ts';

/** Keeps one environment as it should be. */
export interface EnvironmentKeeper {
  /**
   * Starts what is missing for `wanted`; stops what runs where it is null and `mayStop`. Returns at once; one order is
   * under way at a time, and the next call sees to what has changed meanwhile.
   */
  converge(
    wanted: (DesiredEnvironment & { readonly of: Release }) | null,
    observed: ObservedEnvironment,
    mayStop: boolean,
  ): void;
}

export interface EnvironmentKeeperOptions {
  readonly service: string;
  readonly colour: Colour;
  readonly platform: Platform;
  readonly clock: Clock;
  readonly problems: Problems;
  /** An order was carried out. */
  readonly onDone: () => void;
}

export function environmentKeeper(options: EnvironmentKeeperOptions): EnvironmentKeeper {
  const { service, colour, platform, clock, problems, onDone } = options;
  const retry = backoff(clock);
  let busy = false;
  /** `release x instances` that the platform has taken; null: nothing. */
  let applied: string | null = null;

  function run(order: () => Promise<void>, after: string | null): void {
    busy = true;
    order()
      .then(
        () => {
          applied = after;
          retry.succeeded();
          problems.set(`platform-${colour}`, null);
        },
        (error: unknown) => {
          applied = null;
          retry.failed();
          problems.set(
            `platform-${colour}`,
            `The ${platform.name} platform does not change ${colour}: ${inWords(error)}`,
          );
        },
      )
      .finally(() => {
        busy = false;
        onDone();
      });
  }

  return {
    converge(wanted, observed, mayStop) {
      if (busy || !retry.due()) return;
      if (wanted === null) {
        const runs = observed.release !== null || observed.instances.length > 0;
        if ((runs || applied !== null) && mayStop) run(() => platform.remove(service, colour), null);
        return;
      }
      const key = `${wanted.release} x ${wanted.instances}`;
      if (applied === key && observed.release === wanted.release) return;
      const { of: release, instances } = wanted;
      run(() => platform.apply({ service, colour, release, instances }), key);
    },
  };
}
