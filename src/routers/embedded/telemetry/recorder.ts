import { type Colour, other } from '../../../core/model.ts';
import type { TrafficBlock } from '../../../core/ports.ts';
import { type Arm, createArm, type RolloutClients } from './arm.ts';
import { createClientSet } from './client-set.ts';

/** An epoch ends after ten minutes at the latest, so that clients who come back count again. */
const SLOT = 600_000;

/** Counts what happens in each arm, and gives it away in blocks. */
export interface Recorder {
  /**
   * The arm of a service's environment now. `epoch` is the routing's, `<rollout>/<step>`; '' outside a rollout. null
   * where there is no release to count for.
   */
  arm(service: string, environment: Colour, release: string | null, epoch: string, now: number): Arm | null;
  /** A block without its number for each arm that counted something since the last call. */
  blocks(at: number, length: number, inFlight: InFlight): readonly Omit<TrafficBlock, 'number'>[];
  /** Forgets a service once its last request has ended. */
  forget(service: string): void;
}

export type InFlight = (service: string, environment: Colour) => number;

interface Line {
  current: Arm;
  /** What `current` was made for: compared before its name is put together, since that is done for each request. */
  epoch: string;
  slot: number;
  /** Arms of epochs gone by: kept for their last counts and while a request of theirs is open. */
  past: Arm[];
  rollout: string;
  clients: RolloutClients;
  gone: boolean;
}

export function createRecorder(): Recorder {
  const lines = new Map<string, Line>();

  /** Both environments of a rollout know the same clients as arrived. */
  const clientsOf = ({ service, environment }: Pick<Arm, 'service' | 'environment'>, rollout: string) => {
    const beside = lines.get(keyOf(service, other(environment)));
    const arrived = beside?.rollout === rollout ? beside.clients.arrived : createClientSet();
    return { hurt: createClientSet(), arrived };
  };

  const start = (
    line: Line | undefined,
    id: Pick<Arm, 'service' | 'environment' | 'release' | 'epoch'>,
    rollout: string,
    made: Pick<Line, 'epoch' | 'slot'>,
  ): Line => {
    const clients = line?.rollout === rollout ? line.clients : clientsOf(id, rollout);
    const current = createArm(id, clients);
    const past = line === undefined ? [] : [...line.past, line.current];
    return { current, past, rollout, clients, gone: false, ...made };
  };

  return {
    arm(service, environment, release, epoch, now) {
      if (release === null) return null;
      const slot = Math.floor(now / SLOT);
      const key = keyOf(service, environment);
      const line = lines.get(key);
      if (line?.epoch === epoch && line.slot === slot && line.current.release === release) {
        line.gone = false;
        return line.current;
      }
      const name = `${epoch === '' ? service : epoch}/${slot}`;
      const rollout = epoch === '' ? name : epoch.split('/', 1)[0]!;
      const next = start(line, { service, environment, release, epoch: name }, rollout, { epoch, slot });
      lines.set(key, next);
      return next.current;
    },
    blocks(at, length, inFlight) {
      const blocks: Omit<TrafficBlock, 'number'>[] = [];
      for (const [key, line] of lines) {
        for (const arm of [...line.past, line.current]) {
          const counts = arm.drain();
          if (counts === null) continue;
          const { service, environment, release, epoch } = arm;
          blocks.push({
            at,
            length,
            service,
            environment,
            release,
            epoch,
            ...counts,
            inFlight: inFlight(service, environment),
          });
        }
        line.past = line.past.filter((arm) => arm.open > 0);
        if (line.gone && line.current.open === 0 && line.past.length === 0) lines.delete(key);
      }
      return blocks;
    },
    forget(service) {
      for (const line of lines.values()) if (line.current.service === service) line.gone = true;
    },
  };
}

const keyOf = (service: string, environment: Colour): string => `${service}\n${environment}`;
