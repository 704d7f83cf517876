/**
 * What a WebSocket may carry and what it may not, after RFC 6455 in the order of the Autobahn test suite: framing, pings,
 * reserved bits, opcodes, fragmentation, UTF-8, closing, limits. That suite judges an endpoint; a tunnel is none: it has to
 * pass all of it on as it is, the malformed too, so that the ends can judge each other.
 */

export interface FrameOptions {
  readonly fin?: boolean;
  readonly reserved?: number;
  readonly masked?: boolean;
  /** Bytes that the length takes; else as few as can be. */
  readonly lengthBytes?: 2 | 8;
}

const KEY = Buffer.from([0x11, 0x22, 0x33, 0x44]);

/** One frame; a number as payload: so many bytes. */
export function frame(opcode: number, payload: Buffer | string | number, options: FrameOptions = {}): Buffer {
  const { fin = true, reserved = 0, masked = true } = options;
  const body = typeof payload === 'number' ? Buffer.alloc(payload, 'x') : Buffer.from(payload);
  const wide = options.lengthBytes ?? (body.length > 65_535 ? 8 : body.length > 125 ? 2 : 0);
  const length = Buffer.alloc(wide);
  if (wide === 2) length.writeUInt16BE(body.length);
  if (wide === 8) length.writeBigUInt64BE(BigInt(body.length));
  const short = wide === 0 ? body.length : wide === 2 ? 126 : 127;
  const head = Buffer.from([(fin ? 0x80 : 0) | (reserved << 4) | opcode, (masked ? 0x80 : 0) | short]);
  const hidden = masked ? body.map((byte, i) => byte ^ KEY[i % 4]!) : body;
  return Buffer.concat([head, length, masked ? KEY : Buffer.alloc(0), hidden]);
}

/** Payload of a close frame. */
export const code = (number: number, reason = '') =>
  Buffer.concat([Buffer.from([number >> 8, number & 255]), Buffer.from(reason)]);
export const [MORE, TEXT, BINARY, CLOSE, PING, PONG] = [0, 1, 2, 8, 9, 10];
const part = { fin: false };

/** What, and the frames that one end sends. */
export const CASES: readonly [name: string, ...frames: Buffer[]][] = [
  ...[0, 1, 125, 126, 127, 128, 65_535, 65_536, 65_537, 131_072, 1_048_576].flatMap(
    (size): [string, Buffer][] => [
      [`text of ${size} bytes`, frame(TEXT, size)],
      [`binary of ${size} bytes`, frame(BINARY, size)],
    ],
  ),
  ...[0, 1, 125].flatMap((size): [string, Buffer][] => [
    [`ping of ${size} bytes`, frame(PING, size)],
    [`pong of ${size} bytes`, frame(PONG, size)],
  ]),
  ['a ping that is too long', frame(PING, 126)],
  ['ten pings at once', ...Array.from({ length: 10 }, (_, i) => frame(PING, `p${i}`))],
  ['text in two fragments', frame(TEXT, 'frag', part), frame(MORE, 'ment')],
  ['text in empty fragments', frame(TEXT, '', part), frame(MORE, '', part), frame(MORE, '')],
  [
    'a thousand fragments',
    frame(BINARY, 64, part),
    ...Array.from({ length: 998 }, () => frame(MORE, 64, part)),
    frame(MORE, 64),
  ],
  ['a ping between fragments', frame(TEXT, 'frag', part), frame(PING, 'now'), frame(MORE, 'ment')],
  ['a close between fragments', frame(TEXT, 'frag', part), frame(CLOSE, code(1001))],
  ['a fragmented ping', frame(PING, 'fr', part), frame(MORE, 'ag')],
  ['a continuation of nothing', frame(MORE, 'lost'), frame(TEXT, 'next')],
  ['a message within a fragmented one', frame(TEXT, 'frag', part), frame(TEXT, 'other')],
  ...[1, 2, 3, 4, 5, 6, 7].map((reserved): [string, Buffer] => [
    `reserved bits ${reserved}`,
    frame(TEXT, 'r', { reserved }),
  ]),
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): [string, Buffer] => [
    `opcode ${opcode}`,
    frame(opcode, 'o'),
  ]),
  ['text that is no UTF-8', frame(TEXT, Buffer.from([0xce, 0xba, 0xe1, 0xbd, 0xb9, 0xcf, 0xed, 0xa0, 0x80]))],
  [
    'UTF-8 cut between fragments',
    frame(TEXT, Buffer.from([0xe2, 0x82]), part),
    frame(MORE, Buffer.from([0xac])),
  ],
  ['not masked', frame(TEXT, 'plain', { masked: false }), frame(BINARY, 70_000, { masked: false })],
  [
    'a length in more bytes than it needs',
    frame(TEXT, 5, { lengthBytes: 2 }),
    frame(TEXT, 5, { lengthBytes: 8 }),
  ],
  ['close without a code', frame(CLOSE, '')],
  ['close with half a code', frame(CLOSE, Buffer.from([3]))],
  ...[
    0, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1015, 2999, 3000,
    4999, 65_535,
  ].map((number): [string, Buffer] => [`close ${number}`, frame(CLOSE, code(number, 'why'))]),
  ['close with a reason that is too long', frame(CLOSE, code(1000, 'y'.repeat(124)))],
  [
    'close with a reason that is no UTF-8',
    frame(CLOSE, Buffer.concat([code(1000), Buffer.from([0xc3, 0x28])])),
  ],
  ['frames behind a close', frame(CLOSE, code(1000)), frame(TEXT, 'late'), frame(PING, '')],
  ['half a frame', frame(TEXT, 1_000).subarray(0, 500)],
];
