import { COLOURS, type Colour, other } from '../../../core/model.ts';
import type { TrafficBlock } from '../../../core/ports.ts';
import { type Arm, createArm, type RolloutClients } from './arm.ts';
import { createClientSet } from './client-set.ts';
import { createClientsOfMinute } from './first-requests.ts';

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
  const lines: Readonly<Record<Colour, Map<string, Line>>> = { blue: new Map(), green: new Map() };

  /** Both environments of a rollout know the same clients as arrived. */
  const clientsOf = ({ service, environment }: Pick<Arm, 'service' | 'environment'>, rollout: string) => {
    const beside = lines[other(environment)].get(service);
    const { arrived, ofMinute } =
      beside?.rollout === rollout
        ? beside.clients
        : { arrived: createClientSet(), ofMinute: createClientsOfMinute() };
    return { hurt: createClientSet(), arrived, ofMinute };
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
      const line = lines[environment].get(service);
      if (line?.epoch === epoch && line.slot === slot && line.current.release === release) {
        line.gone = false;
        return line.current;
      }
      const name = `${epoch === '' ? service : epoch}/${slot}`;
      const rollout = epoch === '' ? name : epoch.split('/', 1)[0]!;
      const next = start(line, { service, environment, release, epoch: name }, rollout, { epoch, slot });
      lines[environment].set(service, next);
      return next.current;
    },
    blocks(at, length, inFlight) {
      const blocks: Omit<TrafficBlock, 'number'>[] = [];
      for (const environment of COLOURS) {
        for (const [service, line] of lines[environment]) {
          for (const arm of [...line.past, line.current]) {
            const counts = arm.drain(performance.now());
            if (counts === null) continue;
            const { release, epoch } = arm;
            const id = { at, length, service, environment, release, epoch };
            blocks.push({ ...id, ...counts, inFlight: inFlight(service, environment) });
          }
          line.past = line.past.filter((arm) => arm.open > 0);
          if (line.gone && line.current.open === 0 && line.past.length === 0)
            lines[environment].delete(service);
        }
      }
      return blocks;
    },
    forget(service) {
      for (const colour of COLOURS) {
        const line = lines[colour].get(service);
        if (line !== undefined) line.gone = true;
      }
    },
  };
}
