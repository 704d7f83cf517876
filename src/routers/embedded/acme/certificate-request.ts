import { createPublicKey, type KeyObject, sign } from 'node:crypto';

/** A request to certify that this key (of the curve P-256) is the host's: PKCS #10 (RFC 2986) in DER. */
export function certificateRequest(host: string, key: KeyObject): Buffer {
  const names = sequence(der(DNS_NAME, Buffer.from(host, 'latin1')));
  const extensions = sequence(sequence(SUBJECT_ALT_NAME, der(OCTET_STRING, names)));
  const attribute = sequence(EXTENSION_REQUEST, der(SET, extensions));
  const info = sequence(
    der(INTEGER, Buffer.of(0)),
    // Names are in the extension alone: that of a subject may be at most 64 characters long.
    sequence(),
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    der(ATTRIBUTES, attribute),
  );
  const signature = Buffer.concat([Buffer.of(0), sign('sha256', info, key)]);
  return sequence(info, sequence(ECDSA_WITH_SHA256), der(BIT_STRING, signature));
}

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const SEQUENCE = 0x30;
const SET = 0x31;
const DNS_NAME = 0x82;
const ATTRIBUTES = 0xa0;

/** Tag, length, content (X.690, 8.1), for contents below 64 KB. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const long = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...long), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return der(SEQUENCE, Buffer.concat(parts));
}

function identifier(...bytes: number[]): Buffer {
  return der(0x06, Buffer.from(bytes));
}

/** 1.2.840.10045.4.3.2 */
const ECDSA_WITH_SHA256 = identifier(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02);
/** 1.2.840.113549.1.9.14 */
const EXTENSION_REQUEST = identifier(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e);
/** 2.5.29.17 */
const SUBJECT_ALT_NAME = identifier(0x55, 0x1d, 0x11);
