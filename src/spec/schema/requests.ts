/** How requests and what is expected of their answers are written; shared by `ready` and `checks`. */
import parseJsonPath from 'jsonpath-rfc9535/parser';
import { z } from 'zod';
import { described, oneOf, section, text, time, words } from './helpers.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const METHOD_PATTERN = METHODS.join('|');

/** `GET /healthz` as method and path. */
export const requestLine = text(
  'E_SPEC_VALUE',
  (line) => {
    const [, method, path] = /^(\S+)\s+(\S+)$/.exec(line.trim()) ?? [];
    if (method === undefined || path === undefined) {
      const path = /^\/\S*$/.test(line.trim()) ? line.trim() : '/healthz';
      return `expected a method and a path, such as "GET ${path}"`;
    }
    if (!METHODS.includes(method)) {
      const upper = method.toUpperCase();
      return METHODS.includes(upper)
        ? `methods are written in capitals: "${upper} ${path}"`
        : `"${method}" is no method that Teal sends: ${METHODS.join(', ')}`;
    }
    if (!path.startsWith('/')) return `the path must start with "/": "${method} /${path}"`;
    return { value: { method, path } };
  },
  `^(${METHOD_PATTERN}) /\\S*$`,
);

/** A regular expression as it is written between slashes; null where the text is not between slashes. */
function betweenSlashes(input: string): { pattern: string; flags: string } | null {
  const [, pattern, flags] = /^\/(.*)\/([a-z]*)$/s.exec(input) ?? [];
  return pattern === undefined || flags === undefined ? null : { pattern, flags };
}

type Regex = { readonly kind: 'matches'; readonly pattern: string; readonly flags: string };

function parseRegex(source: { pattern: string; flags: string }): { value: Regex } | string {
  if (/[gy]/.test(source.flags)) return 'the flags g and y have no meaning here: the first match counts';
  try {
    new RegExp(source.pattern, source.flags);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return { value: { kind: 'matches', ...source } };
}

const regex = text(
  'E_SPEC_REGEX',
  (input) => {
    const source = betweenSlashes(input);
    return source ? parseRegex(source) : `a regular expression is written between slashes: /${input}/`;
  },
  '^/.*/[a-z]*$',
);

/** A text means `plain`; between slashes it is a regular expression. */
const textOrRegex = <Kind extends 'equals' | 'contains'>(plain: Kind) =>
  text<Regex | { readonly kind: Kind; readonly value: string }>('E_SPEC_REGEX', (input) => {
    const source = betweenSlashes(input);
    return source ? parseRegex(source) : { value: { kind: plain, value: input } };
  });

/** A JSON path after RFC 9535. */
const JSON_PATH = text(
  'E_SPEC_VALUE',
  (path) => {
    try {
      parseJsonPath(path);
      return { value: path };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return `expected a JSON path such as $.items[0].name: ${why}`;
    }
  },
  '^\\$',
);

const statusCode = z.int().min(100, 'a status is from 100 to 599').max(599, 'a status is from 100 to 599');
const statusClass = text(
  'E_SPEC_VALUE',
  (input) => {
    const digit = /^([1-5])xx$/.exec(input)?.[1];
    if (digit === undefined) return 'expected a status such as 200, or a class such as 2xx';
    return { value: Array.from({ length: 100 }, (_, i) => Number(digit) * 100 + i) };
  },
  '^[1-5]xx$',
);
const status = oneOf('a status such as 200, or a class such as 2xx', statusCode, statusClass);

const bodyMatch = oneOf(
  'a text, a /regular expression/, or a mapping with equals, contains or matches',
  textOrRegex('contains'),
  section({ equals: z.string() }),
  section({ contains: z.string() }),
  section({ matches: regex }),
);

/** Parts of a header that would start another one are refused here, before a request is ever made of it. */
export const headers = described(
  z.record(
    z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is no name of a header'),
    oneOf(
      'a text',
      z.string().refine((value) => !/[\r\n\0]/.test(value), { error: 'a header has no line breaks' }),
      z.number(),
      z.boolean(),
    ).transform(String),
  ),
  { description: 'Headers of the request.', examples: [{ Accept: 'application/json' }] },
);

const expectation = section({
  status: described(
    oneOf('a status, a class such as 2xx, or a list of them', status, z.array(status).min(1)),
    {
      description: 'Status that the answer must have.',
      default: '2xx',
      examples: [200, '2xx', [200, 204]],
    },
  ).optional(),
  headers: described(z.record(z.string(), textOrRegex('equals')), {
    description: 'Headers that the answer must have: a text is compared as a whole, /.../ is searched.',
    examples: [{ 'Content-Type': '/json/' }],
  }).optional(),
  body: described(oneOf('a condition or a list of conditions', bodyMatch, z.array(bodyMatch).min(1)), {
    description: 'What the body must have: a text must occur in it, /.../ is searched.',
    examples: ['Welcome', '/Welcome, \\w+/', { equals: 'ok' }],
  }).optional(),
  json: described(
    oneOf(
      'a mapping of JSON paths to values, or a list of JSON paths',
      z.record(z.string(), z.unknown()),
      z.array(JSON_PATH).min(1),
    ),
    {
      description: 'JSON paths and the values they must have; a list of paths must only be there.',
      examples: [{ '$.status': 'ok' }, ['$.items[0].id']],
    },
  )
    .optional()
    .superRefine((value, context) => {
      if (value === undefined || Array.isArray(value)) return;
      for (const path of Object.keys(value)) {
        const parsed = JSON_PATH.safeParse(path);
        if (parsed.success) continue;
        context.addIssue({
          code: 'custom',
          path: [path],
          message: parsed.error.issues[0]!.message,
          params: { code: 'E_SPEC_VALUE', at: 'key' },
        });
      }
    }),
}).meta({ id: 'expect', description: 'What the answer must be.' });

const capture = oneOf(
  'a /regular expression/ with a group, { json: $.path } or { header: Name }',
  regex,
  section({ json: JSON_PATH }),
  section({ header: words({ description: 'Name of a header of the answer.' }) }),
);

/** Keys of one request of a check, beside its request line. */
export const requestKeys = {
  headers: headers.optional(),
  body: described(z.string(), { description: 'Body of the request.' }).optional(),
  timeout: time({ description: 'The answer must be complete by then.', default: '10s' }).optional(),
  expect: expectation.optional(),
  capture: described(
    z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]*$/, 'is no name for a captured value'), capture),
    {
      description: 'Values of the answer that later requests use as {{name}}.',
      examples: [{ token: { json: '$.token' } }],
    },
  ).optional(),
};
