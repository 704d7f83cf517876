/** What single bytes may stand for in HTTP/1.1 (RFC 9110, 5.6.2 and 5.5; RFC 9112, 3). Anything else is not common. */

/** The lower-case form of a token's byte; 0: no token holds it. */
export const TOKEN = new Uint8Array(256);
/** 1: may stand in a header's value. */
export const VALUE = new Uint8Array(256);
/** 1: may stand in a target in origin form; bytes above 127 are left to the other path. */
export const TARGET = new Uint8Array(256);
/** 1: may stand in a host that is a name or an IPv4 address. */
export const HOST = new Uint8Array(256);
/** The value of a hexadecimal digit; 255: none. */
export const HEX = new Uint8Array(256).fill(255);

export const CR = 13;
export const LF = 10;
export const SPACE = 32;
export const TAB = 9;
export const COMMA = 44;
export const SLASH = 47;
export const COLON = 58;
export const SEMICOLON = 59;

for (const char of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") {
  TOKEN[char.charCodeAt(0)] = char.charCodeAt(0);
}
for (let upper = 65; upper <= 90; upper += 1) TOKEN[upper] = upper + 32;
VALUE.fill(1, SPACE);
VALUE[127] = 0;
VALUE[TAB] = 1;
TARGET.fill(1, 33, 127);
TARGET['#'.charCodeAt(0)] = 0;
for (const char of '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_') {
  HOST[char.charCodeAt(0)] = 1;
}
for (const [value, char] of [...'0123456789abcdef'].entries()) {
  HEX[char.charCodeAt(0)] = value;
  HEX[char.toUpperCase().charCodeAt(0)] = value;
}

/** Hash of a lower-case name; equal hashes are followed by a look at the bytes. */
export function hashOfName(name: string): number {
  let hash = 0;
  for (let i = 0; i < name.length; i += 1) hash = nextHash(hash, name.charCodeAt(i));
  return hash;
}

export const nextHash = (hash: number, byte: number): number => (Math.imul(hash, 31) + byte) | 0;

/** Whether the bytes are this (lower-case) token, in any case. */
export function isToken(bytes: Uint8Array, start: number, end: number, token: string): boolean {
  if (end - start !== token.length) return false;
  for (let i = 0; i < token.length; i += 1) {
    if (TOKEN[bytes[start + i]!] !== token.charCodeAt(i)) return false;
  }
  return true;
}

/** A length in strict decimal digits, at most 15 of them; -1: it is none. */
export function decimal(bytes: Uint8Array, start: number, end: number): number {
  if (end === start || end - start > 15) return -1;
  let value = 0;
  for (let i = start; i < end; i += 1) {
    const digit = bytes[i]! - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** A copy of a part, to keep. `Buffer.from` takes several times as long. */
export function copyOf(bytes: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start);
  bytes.copy(copy, 0, start, end);
  return copy;
}
