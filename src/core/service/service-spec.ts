import type { CheckSpec } from './check-spec.ts';
import type { HttpSpec, InstanceProtocol } from './http-spec.ts';

/**
 * What a user asked for, after teal.yaml has been read and every default filled in. `spec/` produces it, a
 * release carries it (so that configuration rolls back with the code), everything else reads it.
 * All durations are milliseconds, all shares basis points (0-10000), all sizes bytes.
 */
export interface ServiceSpec {
  readonly service: string;
  /** Command line of an instance, run by `/bin/sh -c`. */
  readonly run: string;
  /** Absolute path of the folder that releases are made of. */
  readonly source: string;
  /** Command line run once in the release's own copy; null: nothing to build. */
  readonly build: string | null;
  readonly env: Readonly<Record<string, EnvValue>>;
  /** Instances per environment at full size, at least 1. */
  readonly instances: number;
  readonly ready: ReadySpec;
  readonly stop: { readonly signal: StopSignal; readonly within: number };
  /** null: a worker that takes no HTTP traffic. */
  readonly listen: ListenSpec | null;
  readonly platform: 'process';
  readonly router: 'embedded';
  readonly strategy: StrategySpec;
  readonly judge: JudgeSpec;
  readonly checks: readonly CheckSpec[];
  readonly hooks: Readonly<Partial<Record<HookName, HookSpec>>>;
  /** At least this long at every weight, unless a step says otherwise. */
  readonly dwell: number;
  /** Watched this long at full traffic. 0: no bake. */
  readonly bake: number;
  readonly onAlarm: 'rollback' | 'retreat' | 'hold';
  /** How long the old environment stays warm after promotion. */
  readonly keep: number;
  /** System user of build, hooks, checks and instances; null: the daemon's own. */
  readonly user: string | null;
  readonly metrics: readonly MetricSpec[];
  /** No progress inside these windows; safety goes on. */
  readonly freeze: readonly FreezeWindow[];
  /** Old releases kept on disk besides the running and the last good ones. */
  readonly keepReleases: number;
  /** Absent: a release of an earlier version of Teal, which gets the defaults. */
  readonly http?: HttpSpec;
  /** How long the router holds a request while no instance is ready before it answers 503. */
  readonly hold: number;
  /** How long requests in flight may go on in an environment that is being stopped. */
  readonly drain: number;
  /** Without a heartbeat for this long in the middle of a canary, the router sends everybody to stable by itself. */
  readonly fallback: number;
  /** Clients whose page is of another release than the one that serves them; null: nothing is done for them. */
  readonly skew: SkewSpec | null;
}

/** Releases mix in a browser: a page that was loaded before a switch goes on asking for what belongs to it. */
export interface SkewSpec {
  /**
   * Paths that the other environment answers where a client's own says 404: `hashed` are names with a hash of their content,
   * else patterns in which `*` stands for any text.
   */
  readonly paths: 'hashed' | readonly string[];
  /** A client stays this long on the release that its page came from, unless it loads another page; 0: not at all. */
  readonly pin: number;
}

/** A literal, or a secret by reference (`env:NAME` of the daemon, or `file:/path`) resolved when an instance starts. */
export type EnvValue = { readonly value: string } | { readonly from: `env:${string}` | `file:${string}` };

export type StopSignal = 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2';

/** How readiness is found out. `within` is the deadline from an instance's start to its first success. */
export type ReadySpec = ReadyProbe & {
  readonly every: number;
  readonly timeout: number;
  readonly within: number;
};
export type ReadyProbe =
  /** `protocol` absent: HTTP/1.1. */
  | {
      readonly kind: 'http';
      readonly method: string;
      readonly path: string;
      readonly protocol?: InstanceProtocol | undefined;
    }
  | { readonly kind: 'tcp' }
  | { readonly kind: 'command'; readonly command: string };

export interface ListenSpec {
  readonly port: number;
  /** Address to bind; `::` is every address of the machine. */
  readonly address: string;
  /** Requests whose Host is this one (without port); null: any host. */
  readonly host: string | null;
  /** Requests under this path prefix; `/` is all. Passed on unchanged. */
  readonly path: string;
  /** Served by HTTPS with these certificates, the first for clients that name no host; absent: without TLS. */
  readonly tls?: TlsSpec;
  /** On this port requests are sent to the same place by HTTPS; absent: there is none. Only with `tls`. */
  readonly redirect?: number;
  /** Addresses and networks of proxies whose word about their clients is taken; absent: this machine alone. */
  readonly trust?: readonly string[];
  /** Trusted addresses begin their connections with a header of the PROXY protocol. */
  readonly proxyProtocol?: boolean;
}

export interface TlsSpec {
  readonly certificates: readonly CertificateFiles[];
  /** Another certificate, for the listener's host, is ordered and renewed by the router; absent: none is. */
  readonly acme?: AcmeSpec;
}

/** Of whom a certificate is ordered (RFC 8555). Whoever wrote it agrees to the terms of service there. */
export interface AcmeSpec {
  readonly email: string;
  /** URL of the authority's directory. */
  readonly directory: string;
  /** Absolute path of a PEM file with a root that the authority's own server is trusted by; null: the well-known ones alone. */
  readonly caFile: string | null;
}

/** A certificate with its chain, and its key, in PEM; absolute paths. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

export type StrategySpec = CanaryStrategy | BlueGreenStrategy;

export interface CanaryStrategy {
  readonly kind: 'canary';
  readonly by: 'clients' | 'instances';
  readonly steps: readonly CanaryStepSpec[];
  /** `evidence`: as wide and as fast as the harm budget allows; `fixed`: every step for its time. By instances always `fixed`. */
  readonly pace: 'evidence' | 'fixed';
  readonly identify: IdentifySpec;
  /** Clients with this header always see the candidate; they are no evidence. */
  readonly always: HeaderMatch | null;
}

export interface CanaryStepSpec {
  /** Basis points, 1-10000. */
  readonly weight: number;
  /** Dwell at this weight; null: the service's `dwell`. */
  readonly for: number | null;
  /** A gate after this step's dwell; null: none. */
  readonly approve: ApprovalSpec | null;
}

export interface BlueGreenStrategy {
  readonly kind: 'blue-green';
  /** A gate before the switch; null: none. */
  readonly approve: ApprovalSpec | null;
  readonly identify: IdentifySpec;
  readonly always: HeaderMatch | null;
}

/** A gate waits `within` for an answer; if none comes, `otherwise` is done. */
export interface ApprovalSpec {
  readonly within: number;
  readonly otherwise: 'abort' | 'continue';
}

export type IdentifySpec =
  | { readonly kind: 'auto' }
  | { readonly kind: 'cookie'; readonly name: string }
  | { readonly kind: 'header'; readonly name: string };

export interface HeaderMatch {
  /** Lower case. */
  readonly name: string;
  readonly value: string;
}

export interface JudgeSpec {
  readonly errors: ErrorsSpec;
  /** null: not judged. Absent in releases that an older Teal has recorded: not judged. */
  readonly latency?: LatencySpec | null;
  readonly alphaHarm: number;
  readonly alphaSafe: number;
  /** Clients that a bad release may hurt before Teal can react again; more than none. Read where the pace is `evidence`. */
  readonly budget: number;
  /** Chance that the candidate is worse than the bound that its share follows from. Absent in releases that an older Teal has recorded, as are the next two: the default. */
  readonly alphaBudget?: number;
  /** Chance of an alarm in the bake of a candidate that is no worse than the past, over all metrics. */
  readonly alphaBake?: number;
  /** ms at one share in which nothing is proven. Read where the pace is `evidence`. */
  readonly longestWait?: number;
}

/** Of what releases of an older Teal do not say. An alarm has no control beside it, so its chance is lower than the comparison's. */
export const JUDGE_DEFAULTS = { alphaBudget: 0.05, alphaBake: 0.001, longestWait: 30 * 60_000 } as const;

/** A candidate is worse when its rate is above `tolerate` times stable's *and* above `floor` (a fraction, 0.001 = 0.1 %). */
export interface ErrorsSpec {
  readonly tolerate: number;
  readonly floor: number;
}

/** What is slow, by promised limits or by what stable needed in the last hour, and how much slower a candidate may be. */
export interface LatencySpec {
  /** At most `1 - quantile` of the requests may take `within` ms or longer. */
  readonly limits: readonly { readonly quantile: number; readonly within: number }[];
  /** Quantiles of stable's own requests, 0-1, that the candidate's are compared at. */
  readonly thanStable: readonly number[];
  /** The candidate may take this many times as long, in this many times as many requests. */
  readonly tolerate: number;
  /** ms; what is quicker is never slow, except by `limits`. */
  readonly floor: number;
  /** ms after the candidate's first request in which it is judged by gross stalls alone. */
  readonly warmUp: number;
}

export type HookName = 'before-prepare' | 'before-shift' | 'after-shift' | 'after-promote' | 'after-rollback';

export interface HookSpec {
  readonly run: string;
  readonly within: number;
  /** A later rollback asks first, because this hook's effects are not undone. */
  readonly pointOfNoReturn: boolean;
}

/**
 * A command run for each environment every `every` ms, that prints `{"bad": n, "total": n}`: counts since the
 * time in TEAL_SINCE (RFC 3339), for the environment in TEAL_ENVIRONMENT.
 */
export interface MetricSpec {
  readonly name: string;
  readonly run: string;
  readonly every: number;
  readonly within: number;
  readonly tolerate: number;
  readonly floor: number;
}

/** A weekly window in a time zone: days 0 (Sunday) to 6, minutes of the day. May wrap over the week's end. */
export interface FreezeWindow {
  readonly text: string;
  readonly fromDay: number;
  readonly fromMinute: number;
  readonly toDay: number;
  readonly toMinute: number;
  readonly timeZone: string;
}
