import { COLOURS, type Colour } from '../../../core/model.ts';
import { type ArmId, createArm, type Tally } from './arm.ts';
import { createRolloutRegister, type RolloutClients } from './clients/rollout-clients.ts';

/** An epoch ends after ten minutes at the latest, so that clients who come back count again. */
const SLOT = 600_000;

/** Has what happens counted in the arm that it belongs to. */
export interface Recorder<T extends Tally = Tally> {
  /**
   * The arm of a service's environment now. `epoch` is the routing's, `<rollout>/<step>`; '' outside a rollout. null
   * where there is no release to count for.
   */
  arm(service: string, environment: Colour, release: string | null, epoch: string, now: number): T | null;
  /** Every arm that is kept, and those that are so for the last time: nothing can happen in them any more. */
  arms(): { readonly all: readonly T[]; readonly last: readonly T[] };
  /** Forgets a service once its last request has ended. */
  forget(service: string): void;
}

interface Line<T> {
  current: T;
  /** What `current` was made for: compared before its name is put together, since that is done for each request. */
  epoch: string;
  slot: number;
  /** Arms of epochs gone by: kept for their last counts and while a request of theirs is open. */
  past: T[];
  gone: boolean;
}

/** `make` gives a new arm; `clients` are those of its rollout. */
export function createRecorder<T extends Tally>(
  make: (id: ArmId, clients: RolloutClients) => T,
): Recorder<T> {
  const lines: Readonly<Record<Colour, Map<string, Line<T>>>> = { blue: new Map(), green: new Map() };
  const rollouts = createRolloutRegister();

  return {
    arm(service, environment, release, epoch, now) {
      if (release === null) return null;
      const slot = Math.floor(now / SLOT);
      const line = lines[environment].get(service);
      if (line?.epoch === epoch && line.slot === slot && line.current.release === release) {
        line.gone = false;
        return line.current;
      }
      const name = `${epoch === '' ? service : epoch}/${slot}`;
      const clients = rollouts.of(service, environment, rolloutOf(name));
      const current = make({ service, environment, release, epoch: name }, clients);
      const past = line === undefined ? [] : [...line.past, line.current];
      lines[environment].set(service, { current, past, epoch, slot, gone: false });
      return current;
    },
    arms() {
      const all: T[] = [];
      const last: T[] = [];
      for (const environment of COLOURS) {
        for (const [service, line] of lines[environment]) {
          all.push(...line.past, line.current);
          last.push(...line.past.filter((arm) => arm.open === 0));
          line.past = line.past.filter((arm) => arm.open > 0);
          if (!line.gone || line.current.open > 0 || line.past.length > 0) continue;
          last.push(line.current);
          lines[environment].delete(service);
          rollouts.forget(service);
        }
      }
      return { all, last };
    },
    forget(service) {
      for (const environment of COLOURS) {
        const line = lines[environment].get(service);
        if (line !== undefined) line.gone = true;
      }
    },
  };
}

/** A recorder whose arms are counted for blocks in this very process. */
export const createCountingRecorder = () => createRecorder(createArm);

/** `<rollout>/<step>/<slot>` is of the rollout; `<service>/<slot>`, outside of one, is for itself. */
export function rolloutOf(epoch: string): string {
  const first = epoch.indexOf('/');
  return first === epoch.lastIndexOf('/') ? epoch : epoch.slice(0, first);
}
