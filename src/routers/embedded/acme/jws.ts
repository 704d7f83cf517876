import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto';

/** Signs what is said to a certificate authority, with the key of an account on the curve P-256 (ES256). */
export interface Signer {
  /** Of the account's key (RFC 7638). */
  readonly thumbprint: string;
  /**
   * The body of a request to `url` (RFC 8555, 6.2). `account`: its address; null: it has none yet, so the key itself goes with
   * it. `payload` null: the request only asks.
   */
  sign(request: SignedRequest): string;
}

export interface SignedRequest {
  readonly url: string;
  readonly nonce: string;
  readonly account: string | null;
  readonly payload: object | null;
}

export function createSigner(key: KeyObject): Signer {
  const { crv, kty, x, y } = createPublicKey(key).export({ format: 'jwk' });
  // In the order of the alphabet and without spaces: the thumbprint is of just these bytes.
  const jwk = { crv, kty, x, y };
  return {
    thumbprint: createHash('sha256').update(JSON.stringify(jwk)).digest('base64url'),
    sign({ url, nonce, account, payload }) {
      const who = account === null ? { jwk } : { kid: account };
      const head = encoded(JSON.stringify({ alg: 'ES256', nonce, url, ...who }));
      const body = payload === null ? '' : encoded(JSON.stringify(payload));
      const signature = sign('sha256', Buffer.from(`${head}.${body}`), { key, dsaEncoding: 'ieee-p1363' });
      return JSON.stringify({ protected: head, payload: body, signature: signature.toString('base64url') });
    },
  };
}

const encoded = (text: string): string => Buffer.from(text).toString('base64url');
