import { TealError } from '../../core/error.ts';
import type { HttpRequestSpec } from '../../core/service/check-spec.ts';
import type { HttpRequest } from './message.ts';

const NAME = /\{\{\s*([A-Za-z_][\w-]*)\s*\}\}/g;

/**
 * Puts captured values in place of `{{name}}`, as they are. Throws E_CHECK_VALUE where no earlier request captured
 * that name.
 */
export function fill(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(NAME, (_, name: string) => {
    const value = values.get(name);
    if (value !== undefined) return value;
    const known = [...values.keys()];
    throw new TealError('E_CHECK_VALUE', `{{${name}}} was not captured by an earlier request`, {
      why: known.length === 0 ? 'Nothing was captured so far.' : `Captured so far: ${known.join(', ')}.`,
      fix: `Add \`capture: { ${name}: ... }\` to an earlier request of this check.`,
    });
  });
}

/** The request to send to the environment at `base`, which it cannot leave whatever was captured. */
export function fillRequest(
  spec: HttpRequestSpec,
  base: string,
  values: ReadonlyMap<string, string>,
): HttpRequest {
  const path = fill(spec.path, values);
  return {
    method: spec.method,
    path,
    url: new URL(`${new URL(base).origin}${path.startsWith('/') ? '' : '/'}${path}`).href,
    headers: Object.fromEntries(
      Object.entries(spec.headers).map(([name, value]) => [name, fill(value, values)]),
    ),
    body: spec.body === null ? null : fill(spec.body, values),
    timeout: spec.timeout,
  };
}
