import { COMMA, isToken, SPACE, TAB, TOKEN } from './bytes.ts';

/** What a Connection line asks for. */
export const CLOSE = 1;
export const KEEP_ALIVE = 2;
/** It names something else: another line that ends here. */
export const OTHER = 4;
/** It is no list of tokens. */
export const MALFORMED = 8;
/** The protocol that follows on this connection is to be the one that Upgrade names. */
export const UPGRADE = 16;

/** The union of the options in one Connection line (RFC 9110, 7.6.1). */
export function connectionOptions(bytes: Uint8Array, start: number, end: number): number {
  let options = 0;
  let at = start;
  while (at < end) {
    if (bytes[at] === SPACE || bytes[at] === TAB || bytes[at] === COMMA) {
      at += 1;
      continue;
    }
    const from = at;
    while (at < end && TOKEN[bytes[at]!] !== 0) at += 1;
    if (at === from) return MALFORMED;
    if (isToken(bytes, from, at, 'close')) options |= CLOSE;
    else if (isToken(bytes, from, at, 'keep-alive')) options |= KEEP_ALIVE;
    else if (isToken(bytes, from, at, 'upgrade')) options |= UPGRADE;
    else options |= OTHER;
    while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at += 1;
    if (at < end && bytes[at] !== COMMA) return MALFORMED;
  }
  return options;
}
