import { z } from 'zod';
import { described, duration, oneOf, section, text } from './helpers.ts';

const pathPattern = text(
  'E_SPEC_VALUE',
  (input) =>
    /^[/*][^?#\s]*$/.test(input)
      ? { value: input }
      : `expected a path that starts with "/" or "*", such as /assets/*, found "${input}"`,
  '^[/*][^?#\\s]*$',
);

/** What is done for clients whose page is of another release. */
export const skew = oneOf(
  'off, or { paths, pin }',
  z.literal('off'),
  z.literal(false),
  section({
    paths: described(
      oneOf(
        'hashed, or a list of paths such as /assets/*',
        z.literal('hashed'),
        z.array(pathPattern).min(1, 'at least one path is needed'),
      ),
      {
        description:
          'Where the release of a client says 404, the other one answers if it is still there. hashed: names with a hash of the content.',
        default: 'hashed',
        examples: [['/assets/*', '/static/*.js']],
      },
    ).optional(),
    pin: duration({
      description: 'A client stays this long on the release of its page, unless it loads another page.',
      default: 0,
      examples: ['10m'],
    }).optional(),
  }),
).meta({
  id: 'skew',
  description: 'What is done for clients whose page is of another release than the one that serves them.',
  default: { paths: 'hashed', pin: 0 },
  examples: ['off', { pin: '10m' }],
});
