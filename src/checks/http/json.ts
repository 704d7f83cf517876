import { type JsonValue, query } from 'jsonpath-rfc9535';
import { TealError } from '../../core/error.ts';

/** Values in a JSON body by a JSONPath (RFC 9535). */
export type JsonFound =
  | { readonly kind: 'found'; readonly values: readonly unknown[] }
  | { readonly kind: 'no-json'; readonly reason: string };

/** Throws E_CHECK_JSONPATH where the path itself is wrong; a body that is no JSON is a finding. */
export function jsonAt(body: string, path: string): JsonFound {
  let value: JsonValue;
  try {
    value = JSON.parse(body) as JsonValue;
  } catch (error) {
    return { kind: 'no-json', reason: (error as Error).message };
  }
  try {
    return { kind: 'found', values: query(value, path) };
  } catch (cause) {
    throw new TealError('E_CHECK_JSONPATH', `"${path}" is no JSONPath`, {
      why: (cause as Error).message,
      fix: 'Write it as RFC 9535 says, e.g. $.items[0].name',
      cause,
    });
  }
}
