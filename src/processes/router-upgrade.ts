import { setTimeout as delay } from 'node:timers/promises';
import { TealError } from '../core/error.ts';
import type { Handover } from '../routers/embedded/handover/bequeath.ts';
import type { LocalMethods } from '../system/local-rpc.ts';
import { createControl, type RunningRouter } from './router-control.ts';
import type { Seat } from './router-seat.ts';

/** Lets the router of this process hand over to one of another process. */
export interface Upgrader {
  /** Those of the router, answered by the new one once there is one, and `upgrade`. */
  readonly methods: LocalMethods;
  /**
   * Starts `command` as the next router; resolves with its pid when it is the router. Calls at the same time get one answer. Rejects with
   * E_ROUTER_UPGRADE where it does not come to that, with E_ROUTER_ALONE where this one has no workers.
   */
  upgrade(command: readonly string[]): Promise<{ readonly pid: number }>;
  /** null: this process is the router. */
  handover(): Handover | null;
}

/** Of who connected just before another router's socket was to be found; ms. */
const CONNECTED_WITHIN = 1_000;

/** `own`: the calls that the router answers itself. */
export function createUpgrader(router: RunningRouter, seat: Seat, own: LocalMethods): Upgrader {
  const control = createControl(own);
  let handover: Handover | null = null;
  let running: Promise<{ readonly pid: number }> | null = null;

  const handOver = async (command: readonly string[]): Promise<{ readonly pid: number }> => {
    if (!('handOver' in router)) throw alone();
    try {
      handover = await router.handOver(command, {
        freeze: control.freeze,
        release: seat.release,
        reclaim: () => seat.reclaim(methods),
        orphaned: () => process.exit(1),
      });
    } catch (error) {
      control.thaw(null);
      throw error;
    }
    control.thaw(handover.call);
    leave(handover);
    return { pid: handover.pid };
  };
  const leave = ({ done }: Handover): void => {
    // Also while workers end here for minutes, callers should not depend on this process. Who has just connected has said by then what for.
    const left = delay(CONNECTED_WITHIN).then(() => seat.leave());
    Promise.all([done, left]).then(
      () => process.exit(0),
      () => process.exit(1), // the new one has ended
    );
  };
  const upgrade: Upgrader['upgrade'] = async (command) => {
    // Who asks late means the one that is the router now.
    if (handover !== null) return handover.call('upgrade', { command }) as Promise<{ readonly pid: number }>;
    running ??= handOver(command).finally(() => {
      running = null;
    });
    return running;
  };
  const methods: LocalMethods = {
    ...control.methods,
    upgrade: ({ command }: { readonly command: readonly string[] }) => upgrade(command),
  };
  return { methods, upgrade, handover: () => handover };
}

const alone = () =>
  new TealError('E_ROUTER_ALONE', 'A router without workers cannot hand over to another one', {
    why: 'Its connections are its own, and end with it; with workers, these end one by one while new ones serve.',
    fix: 'Start it anew, with a gap: teal down --all, then teal up. For the next time, leave TEAL_ROUTER_WORKERS out.',
  });
