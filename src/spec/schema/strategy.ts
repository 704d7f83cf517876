import { z } from 'zod';
import { described, duration, oneOf, section, share, time, words } from './helpers.ts';

const approval = oneOf(
  'true, false or { within, otherwise }',
  z.boolean(),
  section({
    within: time({ description: 'Waits this long for an answer.', default: '24h' }).optional(),
    otherwise: described(z.enum(['abort', 'continue']), {
      description: 'What is done when nobody answers.',
      default: 'abort',
    }).optional(),
  }),
).meta({ id: 'approve', description: 'A person or a CI job must say yes: `teal approve`.', default: false });

const weight = share({ description: 'Share of the traffic.', examples: ['5%'] }).refine(
  (value) => value > 0 && Number.isInteger(Number((value * 10_000).toFixed(6))),
  { error: 'a step is more than 0% and a multiple of 0.01%', params: { code: 'E_SPEC_SHARE' } },
);

const canaryStep = oneOf(
  'a share such as 5%, or { weight, for, approve }',
  weight,
  section({
    weight,
    for: duration({ description: 'At least this long at this step.', default: 'dwell' }).optional(),
    approve: approval.optional(),
  }),
);

const httpToken = (description: string) => words({ description });
const audience = {
  identify: described(
    oneOf(
      'auto, { cookie: NAME } or { header: NAME }',
      z.literal('auto'),
      section({ cookie: httpToken('Cookie whose value is the client.') }),
      section({ header: httpToken('Header whose value is the client.') }),
    ),
    {
      description: 'What tells clients apart; auto is a cookie of Teal, or address and user agent.',
      default: 'auto',
      examples: [{ cookie: 'session' }, { header: 'X-User-Id' }],
    },
  ).optional(),
  always: described(
    section({
      header: z
        .record(z.string(), z.string())
        .refine((value) => Object.keys(value).length === 1, { error: 'expected one header and its value' }),
    }),
    {
      description: 'Clients with this header always see the candidate; they are no evidence.',
      examples: [{ header: { 'X-Employee': 'yes' } }],
    },
  ).optional(),
};

const canary = section({
  by: described(z.enum(['clients', 'instances']), {
    description: 'clients: each client stays where it is. instances: a share of the servers.',
    default: 'clients',
  }).optional(),
  steps: described(z.array(canaryStep).min(1, 'at least one step is needed'), {
    description: 'Shares of the traffic, ascending; 100% is added at the end.',
    default: ['1%', '5%', '25%', '50%', '100%'],
  }).optional(),
  pace: described(z.enum(['evidence', 'fixed']), {
    description:
      'evidence: as wide and as fast as the harm budget allows (judge.budget). fixed: every step for its time.',
    default: 'evidence; fixed with by: instances',
  }).optional(),
  ...audience,
}).meta({ id: 'canary', description: 'A small share of users first, then more.' });

const blueGreen = section({
  approve: approval.optional(),
  keep: duration({
    description: 'The old environment stays warm this long.',
    default: 'bake; 0 for a worker',
  }).optional(),
  ...audience,
}).meta({ id: 'blue-green', description: 'All traffic at once, and back at once.' });

/** How traffic moves. */
export const strategy = oneOf(
  'canary, blue-green, or one of them with settings',
  z.enum(['canary', 'blue-green']),
  section({ canary }),
  section({ 'blue-green': blueGreen }),
).meta({ id: 'strategy', description: 'How traffic moves to the candidate.', default: 'canary' });

export type FileStrategy = z.output<typeof strategy>;
export type FileApproval = z.output<typeof approval>;
export type FileCanary = z.output<typeof canary>;
export type FileBlueGreen = z.output<typeof blueGreen>;
