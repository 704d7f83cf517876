/** Stable codes of what can be wrong with a teal.yaml. */
export type SpecCode =
  /** Not YAML, or not text. */
  | 'E_SPEC_YAML'
  | 'E_SPEC_DUPLICATE_KEY'
  | 'E_SPEC_UNKNOWN_KEY'
  /** A number where a text should be, and the like. */
  | 'E_SPEC_TYPE'
  /** A required key is not there. */
  | 'E_SPEC_MISSING'
  /** The right type, but not a value that the key can have. */
  | 'E_SPEC_VALUE'
  | 'E_SPEC_DURATION'
  | 'E_SPEC_SHARE'
  | 'E_SPEC_RATE'
  | 'E_SPEC_REGEX'
  /** Each key is fine, but not together. */
  | 'E_SPEC_CONFLICT'
  /** A key or value that a later version of Teal brings. */
  | 'E_SPEC_LATER';

/** Keys and indices from the root of the file to a node. */
export type Path = readonly (string | number)[];

/** Something wrong at a path of the file. */
export interface Finding {
  readonly code: SpecCode;
  readonly path: Path;
  /** Whether the key itself is meant or its value. */
  readonly at: 'key' | 'value';
  readonly message: string;
  /** What to write instead, as a sentence; null where nothing better than the message can be said. */
  readonly suggestion: string | null;
}

/** Something wrong at a place of the file: what users see, and what `--json` has in `details.errors`. */
export interface SpecError {
  readonly code: SpecCode;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units, as editors count. */
  readonly column: number;
  readonly message: string;
  readonly suggestion: string | null;
}
