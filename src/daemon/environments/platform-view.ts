import { COLOURS, type Colour } from '../../core/model.ts';
import type { Platform } from '../../core/ports.ts';
import type { ObservedEnvironment } from '../../core/world.ts';
import { inWords, type Problems } from '../problems.ts';

/** What was last seen of a service's two environments. */
export interface PlatformView {
  /** null until both were seen once. */
  readonly observed: Readonly<Record<Colour, ObservedEnvironment>> | null;
  /** Looks again. Never rejects: a platform that is away is a problem, and what was last seen stays. */
  observe(): Promise<void>;
}

export function platformView(service: string, platform: Platform, problems: Problems): PlatformView {
  let observed: Record<Colour, ObservedEnvironment> | null = null;
  return {
    get observed() {
      return observed;
    },
    async observe() {
      try {
        const [blue, green] = await Promise.all(COLOURS.map((colour) => platform.observe(service, colour)));
        observed = { blue: blue!, green: green! };
        problems.set('platform-away', null);
      } catch (error) {
        problems.set('platform-away', `The ${platform.name} platform cannot be reached: ${inWords(error)}`);
      }
    },
  };
}
