import { z } from 'zod';
import { described, oneOf, section, text, words } from './helpers.ts';

const certificate = section({
  cert: words({
    description: 'PEM file of the certificate and its chain, relative to teal.yaml.',
    examples: ['/etc/ssl/shop.pem'],
  }),
  key: words({
    description: 'PEM file of its key, without a passphrase, relative to teal.yaml.',
    examples: ['/etc/ssl/shop.key'],
  }),
});

/** Let's Encrypt. */
export const DEFAULT_DIRECTORY = 'https://acme-v02.api.letsencrypt.org/directory';

const email = text('E_SPEC_VALUE', (input) =>
  /^[^\s@,?]+@[^\s@,?]+$/.test(input) ? { value: input } : `"${input}" is no address of e-mail`,
);

const directory = text('E_SPEC_VALUE', (input) =>
  URL.canParse(input) && new URL(input).protocol === 'https:'
    ? { value: input }
    : `"${input}" is no URL that begins with https://`,
);

const acme = section({
  email: described(email, {
    description: 'Where the authority can reach you.',
    examples: ['ops@example.com'],
  }),
  agree: described(z.literal(true), {
    description:
      'You agree to the terms of service of the authority. Without it nothing is ordered, and the file is refused.',
    examples: [true],
  }),
  directory: described(directory, {
    description: 'URL of the directory of the authority (ACME, RFC 8555).',
    default: DEFAULT_DIRECTORY,
    examples: ['https://acme-staging-v02.api.letsencrypt.org/directory'],
  }).optional(),
  'ca-file': words({
    description:
      "PEM file of a root by which the authority's own server is trusted besides the well-known ones, relative to teal.yaml.",
    examples: ['/etc/ssl/our-ca.pem'],
  }).optional(),
});

const ordered = section({
  acme: described(acme, {
    description:
      'The router orders and renews a certificate for `host` by itself; the challenge is answered on its listeners without TLS, one of which must be reached at port 80 (`redirect: 80`).',
  }),
});

/** As it is written: files of one certificate or of several, or of whom one is ordered. */
export const tls = described(
  oneOf(
    '{ cert, key }, a list of them, or { acme: { email, agree: true } }',
    certificate,
    ordered,
    z.array(certificate).min(1, 'needs at least one certificate'),
  ),
  {
    description:
      'Serves HTTPS (TLS 1.2 and 1.3). The certificate is chosen by the host that the client asks for; the first is for those that name none. Files are read again when they change.',
    examples: [{ cert: 'shop.pem', key: 'shop.key' }, { acme: { email: 'ops@example.com', agree: true } }],
  },
);

/** Any of the forms. */
export type FileTls = z.output<typeof tls>;
