import { z } from 'zod';
import { described, duration, factor, name, oneOf, rate, section, share, time, words } from './helpers.ts';
import { headers, requestKeys, requestLine } from './requests.ts';

const moment = z.enum(['verify', 'bake']);

const commonKeys = {
  name: name({ description: 'Name of the check; made of its content when absent.' }).optional(),
  when: described(oneOf('verify, bake, or a list of both', moment, z.array(moment).min(1)), {
    description: 'verify: before any user sees the candidate. bake: again at full traffic.',
    default: 'verify',
    examples: [['verify', 'bake']],
  }).optional(),
  after: described(oneOf('the name of a check or a list of names', z.string(), z.array(z.string())), {
    description: 'Checks that must have passed first; others run at the same time.',
  }).optional(),
  within: time({ description: 'Time limit of one attempt of the whole check.' }).optional(),
  retries: described(z.int().min(0, 'must not be negative').max(100, 'must be at most 100'), {
    description: 'Attempts after the first.',
    default: 0,
  }).optional(),
};

const http = section({
  http: described(requestLine, { description: 'One request.', examples: ['GET /'] }),
  ...requestKeys,
  ...commonKeys,
});

const steps = section({
  steps: described(
    z
      .array(section({ http: described(requestLine, { description: 'A request.' }), ...requestKeys }))
      .min(1, 'at least one request is needed'),
    { description: 'Requests in order; values that one captures are used by the next as {{name}}.' },
  ),
  ...commonKeys,
});

const run = section({
  run: words({
    description: 'Any command; gets TEAL_URL, TEAL_RELEASE, TEAL_ENVIRONMENT. Exit code 0 passes.',
    examples: ['npm run e2e'],
  }),
  ...commonKeys,
});

const load = section({
  load: section({
    rate: rate({
      description: 'Requests started, whether earlier ones are answered or not.',
      examples: ['50/s'],
    }),
    for: time({ description: 'Measured this long.', default: '30s' }).optional(),
    'warm-up': duration({ description: 'Load before measuring starts.', default: '5s' }).optional(),
    request: described(requestLine, { description: 'The request.', default: 'GET /' }).optional(),
    headers: headers.optional(),
    body: described(z.string(), { description: 'Body of the request.' }).optional(),
    timeout: time({ description: 'A request not answered by then is an error.', default: '10s' }).optional(),
    p50: time({ description: 'Half of the requests are faster.' }).optional(),
    p95: time({ description: '95 % of the requests are faster.' }).optional(),
    p99: time({ description: '99 % of the requests are faster.', examples: ['300ms'] }).optional(),
    errors: share({ description: 'Share of requests that may fail.', default: '1%' }).optional(),
    'than-stable': factor({
      description: 'The same load against stable in turn: percentiles may be this many times as high.',
      examples: ['1.2x'],
    }).optional(),
  }).meta({ id: 'load', description: 'Load at a constant rate, and its limits.' }),
  ...commonKeys,
});

/** A check against the idle environment. */
export const check = oneOf('a check: a mapping with http, steps, run or load', http, steps, run, load).meta({
  id: 'check',
  description: 'A check against the candidate, as a user would reach it.',
});
