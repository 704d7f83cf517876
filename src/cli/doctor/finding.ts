/** What one check of the doctor found. */
export interface Finding {
  readonly what: string;
  /** `broken` makes the exit code 1; `warn` is worth knowing; `off` is not running, which may be as intended. */
  readonly state: 'ok' | 'warn' | 'off' | 'broken';
  readonly detail: string;
  /** How to repair it; null where nothing is to be repaired. */
  readonly repair: string | null;
}

export const ok = (what: string, detail: string): Finding => ({ what, state: 'ok', detail, repair: null });

export const finding = (
  state: Exclude<Finding['state'], 'ok'>,
  what: string,
  detail: string,
  repair: string,
): Finding => ({ what, state, detail, repair });
