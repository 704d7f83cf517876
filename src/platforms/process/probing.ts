import type { ObservedInstance } from '../../core/world.ts';
import { type InstanceStatus, instancesOf } from './instance.ts';
import { probe } from './probe.ts';
import { type Prober, startProber } from './readiness.ts';
import type { ResolveEnv } from './supervisor/environment.ts';
import type { Snapshot } from './supervisor/program.ts';

/** ms between probes until the first success: a command costs more than a request. */
const EAGER = 75;
const EAGER_COMMAND = 500;

/** Probes whatever runs. */
export interface Probing {
  /** Starts and stops probers, so that each running process has one. */
  follow(snapshot: Snapshot): void;
  /** Resolves when every one of these that ran before us was probed at least once: we do not know them yet. */
  settled(instances: readonly InstanceStatus[]): Promise<void>;
  of(instance: InstanceStatus): Pick<ObservedInstance, 'state' | 'lastProbe'>;
  close(): void;
}

export interface ProbingOptions {
  /** Where references of a command's environment look. */
  readonly environ: NodeJS.ProcessEnv;
  readonly resolveEnv: ResolveEnv;
  /** An instance of this service became ready or unready. */
  changed(service: string): void;
}

export function createProbing({ environ, resolveEnv, changed }: ProbingOptions): Probing {
  /** By the process: a restarted instance begins anew. */
  const probers = new Map<string, Prober>();
  const since = Date.now();
  let closed = false;

  function start({ meta, program, port }: InstanceStatus): Prober {
    const { ready } = meta;
    const user = program.runAs === 'supervisor' ? null : program.runAs.user;
    const target = { port: port ?? 0, cwd: program.cwd, user, env: () => resolveEnv(program.env, environ) };
    return startProber({
      probe: (signal) => probe(ready, target, ready.timeout, signal),
      every: ready.every,
      eager: Math.min(ready.every, ready.kind === 'command' ? EAGER_COMMAND : EAGER),
      changed: () => changed(meta.service),
    });
  }

  return {
    follow(snapshot) {
      if (closed) return;
      const running = instancesOf(snapshot.programs).filter(isProbed);
      const wanted = new Map(running.map((one) => [keyOf(one), one]));
      for (const [key, prober] of probers) {
        if (wanted.has(key)) continue;
        prober.stop();
        probers.delete(key);
      }
      for (const [key, one] of wanted) if (!probers.has(key)) probers.set(key, start(one));
    },
    async settled(instances) {
      const found = instances.filter(({ startedAt }) => startedAt !== null && startedAt < since);
      await Promise.all(found.map((one) => probers.get(keyOf(one))?.first));
    },
    of(instance) {
      const prober = probers.get(keyOf(instance));
      const lastProbe = prober?.last() ?? null;
      if (instance.state !== 'running') return { state: instance.state, lastProbe };
      return { state: prober?.state() ?? 'starting', lastProbe };
    },
    close() {
      closed = true;
      for (const prober of probers.values()) prober.stop();
      probers.clear();
    },
  };
}

const isProbed = ({ state, pid }: InstanceStatus): boolean => state === 'running' && pid !== null;

const keyOf = ({ program, pid, startedAt }: InstanceStatus): string => `${program.id} ${pid} ${startedAt}`;
