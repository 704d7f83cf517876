import type { SecureContextOptions } from 'node:tls';

/**
 * TLS 1.2 and 1.3 with forward secrecy and authenticated encryption alone, in no order of the server's: clients know
 * which they compute fastest (Mozilla's intermediate configuration, without finite-field Diffie-Hellman).
 */
export const TLS_SETTINGS = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
  ecdhCurve: 'X25519:P-256:P-384',
  honorCipherOrder: false,
  /** Seconds for which a session may be resumed. */
  sessionTimeout: 43_200,
  /** The same for every certificate, so that a session of one is not refused for its context. */
  sessionIdContext: 'teal',
} as const satisfies SecureContextOptions;
