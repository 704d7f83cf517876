import type { SkewSpec } from '../../../core/service/service-spec.ts';
import { isHashedName } from './hashed-name.ts';

/** Whether a path, as in the request line, is one that another release may answer for. */
export type PathRule = (path: string) => boolean;

/** From patterns in which `*` stands for any text; they are for the whole path without its query. */
export function pathRule(paths: SkewSpec['paths']): PathRule {
  if (paths === 'hashed') return isHashedName;
  const patterns = paths.map((pattern) => pattern.split('*'));
  return (path) => {
    const bare = path.split('?', 1)[0]!;
    return patterns.some((parts) => matches(bare, parts));
  };
}

/** Each part is sought once, from left to right: no pattern and no path can make this slow. */
function matches(path: string, parts: readonly string[]): boolean {
  const first = parts[0]!;
  const last = parts.at(-1)!;
  if (parts.length === 1) return path === first;
  if (!path.startsWith(first) || path.length < first.length + last.length || !path.endsWith(last))
    return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = path.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= path.length - last.length;
}
