import { z } from 'zod';
import { described, oneOf, section, words } from './helpers.ts';

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

/** Files as they are written: one certificate, or several. */
export const tls = described(
  oneOf(
    '{ cert, key } or a list of them',
    certificate,
    z.array(certificate).min(1, 'needs at least one certificate'),
  ),
  {
    description:
      'Serves HTTPS (TLS 1.2 and 1.3). The certificate is chosen by the host that the client asks for; the first is for those that name none. Files are read again when they change.',
    examples: [{ cert: 'shop.pem', key: 'shop.key' }],
  },
);
