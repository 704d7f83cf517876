/** Checks of a release, as teal.yaml asks for them with every default filled in; units as in `service-spec.ts`. */

/** `when`: before any user sees the candidate, or again at full traffic, in the bake. */
export interface CheckBase {
  readonly name: string;
  readonly when: readonly ('verify' | 'bake')[];
  /** Names of checks that must have passed first. */
  readonly after: readonly string[];
  /** Deadline of one attempt of the whole check. */
  readonly within: number;
  readonly retries: number;
}
export type CheckSpec = CheckBase & (HttpCheckSpec | RunCheckSpec | LoadCheckSpec);

/** One or several requests in order; values captured by one may be used by the next as `{{name}}`. */
export interface HttpCheckSpec {
  readonly kind: 'http';
  readonly requests: readonly HttpRequestSpec[];
}
export interface HttpRequestSpec {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly timeout: number;
  readonly expect: {
    readonly status: readonly number[];
    readonly headers: Readonly<Record<string, TextMatch>>;
    readonly body: readonly BodyMatch[];
  };
  /** Name -> where its value comes from. */
  readonly capture: Readonly<Record<string, CaptureSpec>>;
}
export type TextMatch =
  | { readonly kind: 'equals'; readonly value: string }
  | { readonly kind: 'contains'; readonly value: string }
  | { readonly kind: 'matches'; readonly pattern: string; readonly flags: string };
export type BodyMatch =
  | TextMatch
  | { readonly kind: 'json'; readonly path: string; readonly equals?: unknown };
export type CaptureSpec =
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'json'; readonly path: string }
  | { readonly kind: 'matches'; readonly pattern: string; readonly flags: string };

/** Any command; gets TEAL_URL, TEAL_RELEASE, TEAL_ENVIRONMENT, TEAL_SERVICE. Exit code 0 passes. */
export interface RunCheckSpec {
  readonly kind: 'run';
  readonly command: string;
}

/** Open-loop load at a constant rate. Limits that are null are not judged. Latencies in milliseconds, errors a fraction. */
export interface LoadCheckSpec {
  readonly kind: 'load';
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Requests a second. */
  readonly rate: number;
  readonly for: number;
  readonly warmUp: number;
  readonly timeout: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly errors: number | null;
  /** Candidate's percentiles may be at most this many times stable's under the same load; null: not compared. */
  readonly thanStable: number | null;
}
