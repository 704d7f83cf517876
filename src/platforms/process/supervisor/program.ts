import type { EnvValue, StopSignal } from '../../../core/service/service-spec.ts';
import type { RestartPolicy } from './restart.ts';

/** Something the supervisor keeps running: an instance, the router, the daemon. Plain data that survives JSON. */
export interface Program {
  /** Unique in a home: `daemon`, `router`, `instance/<service>/<colour>/<n>`. */
  readonly id: string;
  /** Program and arguments; a shell line is `['/bin/sh', '-c', line]`. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** Literals and references; references are resolved at each start and never stored as values. */
  readonly env: Readonly<Record<string, EnvValue>>;
  /** `all`: on top of the supervisor's whole environment; `minimal`: on top of PATH, HOME and LANG. */
  readonly inherit: 'all' | 'minimal';
  /** `supervisor`: the supervisor's own user; else `user` of teal.yaml, with its rule about root. */
  readonly runAs: 'supervisor' | { readonly user: string | null };
  /** Gets a loopback port of its own as PORT, the same one over restarts unless somebody took it. */
  readonly port: boolean;
  /** File that its output is appended to. */
  readonly log: string;
  /** The signal for its whole group, and ms until SIGKILL. */
  readonly stop: { readonly signal: StopSignal; readonly within: number };
  readonly restart: RestartPolicy;
  /** Given back as it is; the supervisor does not look into it. */
  readonly meta: unknown;
}

/** How a program ended. Both null: not known, because nobody was its parent then. */
export interface ProgramExit {
  /** Unix ms. */
  readonly at: number;
  readonly code: number | null;
  readonly signal: string | null;
}

/** `failed`: given up on after too many exits (until `restart.retryAfter`). */
export type ProgramState = 'starting' | 'running' | 'backing-off' | 'failed' | 'stopping';

/** A program and how it is. */
export interface ProgramStatus {
  readonly program: Program;
  readonly state: ProgramState;
  readonly pid: number | null;
  readonly port: number | null;
  /** Unix ms of the last start. */
  readonly startedAt: number | null;
  readonly restarts: number;
  readonly lastExit: ProgramExit | null;
  /** Why the last start was not even possible; null: it was. */
  readonly problem: string | null;
  /** Where in the log file this program's own output begins; earlier lines are of another one with the same id. */
  readonly logStart: number;
}

/** Everything the supervisor runs, at one moment. */
export interface Snapshot {
  /** Identifies one life of the supervisor; revisions of another one do not compare. */
  readonly supervisor: string;
  readonly pid: number;
  /** Grows with every change. */
  readonly revision: number;
  readonly programs: readonly ProgramStatus[];
}

/** Whether nothing about the program differs, so that the running one can stay. */
export const sameProgram = (a: Program, b: Program): boolean => JSON.stringify(a) === JSON.stringify(b);
