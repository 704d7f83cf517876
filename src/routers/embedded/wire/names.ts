import { HOP_BY_HOP, REPLACED } from '../http/head.ts';
import { TRACEPARENT, TRACESTATE } from '../visit/trace.ts';
import { hashOfName, TOKEN } from './bytes.ts';

/**
 * Names of header lines that the parsers look at, each with a small number of its own; 0 is every other name. Those that are
 * looked for besides, because a service is configured so, get the numbers behind them.
 */
const NAMES = [
  '',
  'host',
  'content-length',
  'connection',
  'transfer-encoding',
  'upgrade',
  'expect',
  'cookie',
  'user-agent',
  'sec-fetch-mode',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-request-id',
  'x-teal-preview',
  'accept',
  'trailer',
  'date',
  'content-type',
  'link',
  TRACEPARENT,
  TRACESTATE,
  ...[...HOP_BY_HOP, ...REPLACED],
].filter((name, index, all) => all.indexOf(name) === index);

/** How many numbers there can be. */
export const MOST_NAMES = 256;
/** From here on numbers are those of names that were looked for. */
export const FIRST_SOUGHT = NAMES.length;

/** The same in bytes: each line's name is compared with one. */
const BYTES: Uint8Array[] = NAMES.map((name) => Buffer.from(name, 'latin1'));

const numbers = new Map(NAMES.map((name, number) => [name, number]));
/** Numbers by a piece of their names' hashes: a look into an array costs less than one into a map. */
const SLOTS = 2_048;
const slotOf = (hash: number): number => (hash ^ (hash >>> 10)) & (SLOTS - 1);
const bySlot = new Uint8Array(SLOTS);
for (const [name, number] of numbers) {
  const slot = slotOf(hashOfName(name));
  if (bySlot[slot] !== 0) throw new Error(`two names share a slot: ${NAMES[bySlot[slot]!]} and ${name}`);
  bySlot[slot] = number;
}

/** How many names have a number by now: lines of later heads are known by it. */
export const namesSoFar = (): number => BYTES.length;

/** The number of a name in lower case; 0 where it has none. */
const numberOf = (name: string): number => numbers.get(name) ?? 0;

/** The number of a name that is looked for; 0 where there is none left, or another name is in its place. */
function numberFor(name: string, hash: number): number {
  const known = numberOf(name);
  const slot = slotOf(hash);
  if (known > 0 || bySlot[slot] !== 0 || BYTES.length === MOST_NAMES) return known;
  const number = BYTES.length;
  BYTES.push(Buffer.from(name, 'latin1'));
  numbers.set(name, number);
  bySlot[slot] = number;
  return number;
}

/** What a name is looked for by. */
export interface Sought {
  /** As it was asked for. */
  readonly name: string;
  readonly lower: string;
  readonly number: number;
  readonly hash: number;
}

/** The same few names are looked for in every head, eight or so in each: sooner found here than in a map. */
const SOUGHT = 256;
const sought = new Array<Sought | null>(SOUGHT).fill(null);

/** What a name in any case, not empty, is looked for by. Names come from the code and the table, never from a message. */
export function soughtAs(name: string): Sought {
  const last = name.charCodeAt(name.length - 1);
  const place = (name.length * 37 + name.charCodeAt(0) * 7 + last) & (SOUGHT - 1);
  const known = sought[place] ?? null;
  if (known !== null && known.name === name) return known;
  const lower = name.toLowerCase();
  const hash = hashOfName(lower);
  const found = { name, lower, number: numberFor(lower, hash), hash };
  sought[place] = found;
  return found;
}

/** The number of a name on the wire, whose hash is known already. */
export function numberAt(bytes: Uint8Array, start: number, end: number, hash: number): number {
  const number = bySlot[slotOf(hash)]!;
  return number !== 0 && isSame(bytes, start, end, BYTES[number]!) ? number : 0;
}

function isSame(bytes: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  if (end - start !== name.length) return false;
  for (let i = 0; i < name.length; i += 1) if (TOKEN[bytes[start + i]!] !== name[i]) return false;
  return true;
}

/** For each number whether its line ends at the router: it is for one connection, or Teal sets it anew. */
export const ENDS_HERE = flags((name) => HOP_BY_HOP.has(name) || REPLACED.has(name));

/** For each number whether an answer's line of that name is for this connection alone. */
export const ENDS_HERE_BACK = flags((name) => HOP_BY_HOP.has(name));

function flags(holds: (name: string) => boolean): Uint8Array {
  return Uint8Array.from({ length: MOST_NAMES }, (_, number) => Number(holds(NAMES[number] ?? '')));
}

export const N = {
  host: numberOf('host'),
  contentLength: numberOf('content-length'),
  connection: numberOf('connection'),
  transferEncoding: numberOf('transfer-encoding'),
  upgrade: numberOf('upgrade'),
  expect: numberOf('expect'),
  cookie: numberOf('cookie'),
  preview: numberOf('x-teal-preview'),
  trailer: numberOf('trailer'),
  date: numberOf('date'),
  contentType: numberOf('content-type'),
  link: numberOf('link'),
  traceparent: numberOf(TRACEPARENT),
  tracestate: numberOf(TRACESTATE),
} as const;
