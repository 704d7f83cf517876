import type { CaptureSpec } from '../../core/service/check-spec.ts';
import { jsonAt } from './json.ts';
import type { HttpAnswer } from './message.ts';

/**
 * The value that an answer holds; null where it does not. A regular expression gives its first group, or all that it
 * matched; a JSONPath the first value: text as it is, anything else as JSON.
 */
export function capture(spec: CaptureSpec, answer: HttpAnswer): string | null {
  if (spec.kind === 'header') return answer.headers[spec.name.toLowerCase()] ?? null;
  if (spec.kind === 'matches') {
    const match = new RegExp(spec.pattern, spec.flags).exec(answer.body);
    return match === null ? null : (match[1] ?? match[0]);
  }
  const found = jsonAt(answer.body, spec.path);
  if (found.kind === 'no-json' || found.values.length === 0) return null;
  const [value] = found.values;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Where a captured value was to come from, in words. */
export function captureSource(spec: CaptureSpec): string {
  if (spec.kind === 'header') return `header ${spec.name}`;
  return spec.kind === 'json' ? `body ${spec.path}` : `body /${spec.pattern}/${spec.flags}`;
}
