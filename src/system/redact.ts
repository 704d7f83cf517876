import type { EnvValue } from '../core/service/service-spec.ts';

/** Shorter than this a value is no secret, and hiding it would only make holes in ordinary text. */
const SHORTEST = 4;

/** The values in a resolved environment that came by reference, and so are shown nowhere. */
export function secretsIn(
  env: Readonly<Record<string, EnvValue>>,
  resolved: Readonly<Record<string, string>>,
): readonly string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    'from' in value && resolved[name] !== undefined ? [resolved[name]] : [],
  );
}

/** Hides secrets in single lines of text; a secret of several lines is hidden line by line. */
export function redactor(secrets: readonly string[]): (line: string) => string {
  const pieces = secrets
    .flatMap((secret) => secret.split(/\r?\n/))
    .map((piece) => piece.trim())
    .filter((piece) => piece.length >= SHORTEST)
    // The longest first: one secret may be a part of another.
    .sort((a, b) => b.length - a.length);
  return (line) => pieces.reduce((text, piece) => text.replaceAll(piece, '[hidden]'), line);
}
