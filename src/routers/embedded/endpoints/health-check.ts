import type { HealthProbe } from '../../../core/world.ts';
import type { EndpointState } from './endpoint.ts';
import { probeOnce } from './probe.ts';

/** While an endpoint is not healthy it is asked often, so that a new instance serves as soon as it can. */
const FAST_FIRST = 50;
const FAST = 100;
const RECOVERY_TIMEOUT = 1000;

/**
 * Probes an endpoint until the returned function is called: at once, then every 50 to 100 ms until it is healthy, then
 * as often as the probe says. Where the probe is a command, which only the platform can run, or there is none, the
 * endpoint counts as healthy while it is listed; after a refused connection it is asked by TCP until it is back.
 */
export function checkHealth(endpoint: EndpointState, health: HealthProbe | null): () => void {
  const active = health !== null && health.probe.kind !== 'command';
  const probe = active ? health.probe : ({ kind: 'tcp' } as const);
  const timeout = active ? health.timeout : RECOVERY_TIMEOUT;
  let timer: NodeJS.Timeout | null = null;
  let asking = false;
  let stopped = false;
  let rounds = 0;

  const schedule = (ms: number) => {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(ask, ms);
  };

  const ask = async () => {
    if (asking) return;
    asking = true;
    const result = await probeOnce(endpoint.address, probe, timeout);
    asking = false;
    if (stopped) return;
    endpoint.report(result);
    rounds = endpoint.health === 'healthy' ? 0 : rounds + 1;
    if (endpoint.health !== 'healthy') schedule(rounds <= 4 ? FAST_FIRST : FAST);
    else if (active) schedule(health.every);
  };

  endpoint.onLost = () => schedule(FAST_FIRST);
  if (active) void ask();
  else endpoint.report('ok');

  return () => {
    stopped = true;
    endpoint.onLost = () => {};
    if (timer !== null) clearTimeout(timer);
  };
}
