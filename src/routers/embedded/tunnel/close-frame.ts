import { randomBytes } from 'node:crypto';

/** The service restarts; the client may connect again (RFC 6455, 7.4, and the IANA registry of close codes). */
export const SERVICE_RESTART = 1012;

/** A close frame without a reason. `masked`: as a client sends it. */
export function closeFrame(code: number, masked: boolean): Buffer {
  const payload = Buffer.from([code >> 8, code & 255]);
  if (!masked) return Buffer.concat([Buffer.from([0x88, payload.length]), payload]);
  const key = randomBytes(4);
  return Buffer.concat([
    Buffer.from([0x88, 0x80 | payload.length]),
    key,
    payload.map((byte, i) => byte ^ key[i]!),
  ]);
}
