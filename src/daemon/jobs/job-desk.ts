import type { Job, JobResult } from '../../core/model.ts';
import type { JobRunner, JobTarget } from '../../core/ports.ts';

/** The checks and hooks of one service: those under way, and results until the state knows them. */
export interface JobDesk {
  /** Starts what is wanted and not there yet, stops what is not wanted any more. `target` null: not possible yet. */
  converge(wanted: readonly Job[], target: (job: Job) => JobTarget | null): void;
  /** Results of wanted jobs. */
  results(): readonly JobResult[];
  /** Jobs that run now. */
  running(): readonly Job[];
  /** Stops all, and resolves when none runs. */
  close(): Promise<void>;
}

interface Entry {
  readonly job: Job;
  readonly stop: AbortController;
  readonly done: Promise<void>;
  result: JobResult | null;
}

const key = ({ id, attempt }: Pick<Job, 'id' | 'attempt'>) => `${id}#${attempt}`;

export function jobDesk(runner: JobRunner, onResult: () => void): JobDesk {
  const entries = new Map<string, Entry>();

  function start(target: JobTarget): void {
    const stop = new AbortController();
    const entry: Entry = {
      job: target.job,
      stop,
      result: null,
      done: runner.run(target, stop.signal).then((result) => {
        if (stop.signal.aborted) return;
        entry.result = result;
        onResult();
      }),
    };
    entries.set(key(target.job), entry);
  }

  return {
    converge(wanted, target) {
      const keys = new Set(wanted.map(key));
      for (const [name, entry] of entries) {
        if (keys.has(name)) continue;
        entry.stop.abort();
        entries.delete(name);
      }
      for (const job of wanted) {
        if (entries.has(key(job))) continue;
        const found = target(job);
        if (found !== null) start(found);
      }
    },
    results: () => [...entries.values()].flatMap(({ result }) => result ?? []),
    running: () => [...entries.values()].filter(({ result }) => result === null).map(({ job }) => job),
    async close() {
      const all = [...entries.values()];
      for (const { stop } of all) stop.abort();
      await Promise.all(all.map(({ done }) => done));
    },
  };
}
