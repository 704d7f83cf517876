/** An answer as a check sees it. */
export interface HttpAnswer {
  readonly status: number;
  /** Lower-case names; repeated ones joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** ms from sending to the end of the body. */
  readonly took: number;
}

/** A request ready to be sent: nothing left to fill in. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** ms. */
  readonly timeout: number;
}
