import type { ServiceStatus } from '../../src/api/schema.ts';
import type { Shop } from './shop.ts';
import { waitFor } from './wait-for.ts';

/** teal.yaml of a canary with every kind of step, each long enough to be caught in. */
export const EVERY_STEP = `
strategy: { canary: { steps: [{ weight: 50%, approve: true }, 100%], pace: fixed, identify: { header: X-User-Id } } }
hooks: { before-prepare: sleep 2, before-shift: sleep 2, after-shift: sleep 2 }
checks: [{ run: sleep 2 }]
dwell: 3s
bake: 3s
drain: 5s
`;

/**
 * Follows the rollout that runs to its end, kills the daemon with SIGKILL once in every step of it and approves its gate.
 * Resolves to the kinds of steps in which it was killed, one for each kill.
 */
export async function killDaemonInEveryStep(shop: Shop): Promise<readonly string[]> {
  const killedIn = new Map<number, string>();
  for (;;) {
    const { rollout, phase } = await seen(shop);
    if (rollout === null) return [...killedIn.values()];
    const step = rollout.steps[rollout.step];
    if (step && !killedIn.has(rollout.step)) {
      killedIn.set(rollout.step, step.kind);
      await killDaemon(shop);
    } else if (phase === 'waiting' && step?.kind === 'approve') {
      await shop.teal('approve', 'shop');
    }
  }
}

async function killDaemon(shop: Shop): Promise<void> {
  const pid = await shop.daemonPid();
  process.kill(pid, 'SIGKILL');
  await waitFor(async () => (await shop.daemonPid()) !== pid && (await shop.status()), {
    what: 'the daemon to be back',
  });
}

/** The status, whenever the daemon is there to tell it. */
const seen = (shop: Shop): Promise<ServiceStatus> => waitFor(() => shop.status(), { what: 'the status' });
