/**
 * The units that people write: durations, shares, rates, factors and sizes. Parsers return null for what is not of
 * their kind and never throw; `parse(format(x))` is `x`.
 */

const DURATION_UNITS = [
  ['d', 86_400_000, 'day'],
  ['h', 3_600_000, 'hour'],
  ['m', 60_000, 'minute'],
  ['s', 1000, 'second'],
  ['ms', 1, 'millisecond'],
] as const;

const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|[smhd])\s*)+$/;
const DURATION_PART = /(\d+(?:\.\d+)?)(ms|[smhd])/g;

/** `500ms`, `10s`, `1.5h`, `1h30m` in whole milliseconds; null where it is none. */
export function parseDuration(text: string): number | null {
  const trimmed = text.trim();
  if (!DURATION.test(trimmed)) return null;
  let total = 0;
  for (const [, digits, unit] of trimmed.matchAll(DURATION_PART)) {
    const factor = DURATION_UNITS.find(([name]) => name === unit)![1];
    total += Number(digits) * factor;
  }
  const rounded = Math.round(total);
  return Number.isSafeInteger(rounded) ? rounded : null;
}

/**
 * Milliseconds as `1h30m` (`short`) or `1 hour 30 minutes` (`words`). Exact: nothing is rounded away but fractions
 * of a millisecond.
 */
export function formatDuration(milliseconds: number, style: 'short' | 'words' = 'short'): string {
  let rest = Math.round(milliseconds);
  const parts: string[] = [];
  for (const [unit, factor, word] of DURATION_UNITS) {
    const count = Math.floor(rest / factor);
    rest -= count * factor;
    if (count === 0) continue;
    parts.push(style === 'short' ? `${count}${unit}` : `${count} ${word}${count === 1 ? '' : 's'}`);
  }
  if (parts.length === 0) return style === 'short' ? '0s' : '0 seconds';
  return parts.join(style === 'short' ? '' : ' ');
}

/** `0.1%` as a fraction (0.001), from 0 to 1; null where it is none. */
export function parseShare(text: string): number | null {
  const digits = /^(\d+(?:\.\d+)?)\s*%$/.exec(text.trim())?.[1];
  if (digits === undefined) return null;
  const share = Number(`${digits}e-2`); // the nearest double, which a division would miss
  return share <= 1 ? share : null;
}

/** A fraction as `0.1%`. */
export function formatShare(share: number): string {
  return `${Number((share * 100).toPrecision(15))}%`;
}

const RATE_UNITS = { s: 1, m: 60, h: 3600 } as const;

/** `50/s`, `300/m`, `10/h` as a number a second, above 0; null where it is none. */
export function parseRate(text: string): number | null {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*\/\s*([smh])$/.exec(text.trim()) ?? [];
  if (digits === undefined) return null;
  const rate = Number(digits) / RATE_UNITS[unit as keyof typeof RATE_UNITS];
  return rate > 0 ? rate : null;
}

/** A number a second as `50/s`. */
export function formatRate(perSecond: number): string {
  return `${perSecond}/s`;
}

/** `1.25x` as 1.25, at least 1: how many times as much is still tolerated; null where it is none. */
export function parseFactor(text: string): number | null {
  const digits = /^(\d+(?:\.\d+)?)\s*x$/.exec(text.trim())?.[1];
  if (digits === undefined) return null;
  const factor = Number(digits);
  return factor >= 1 ? factor : null;
}

/** A factor as `1.25x`. */
export function formatFactor(factor: number): string {
  return `${factor}x`;
}

/** `10 clients` as 10, above 0; null where it is no such number. */
export function parseClients(text: string): number | null {
  const digits = /^(\d+(?:\.\d+)?)\s+clients?$/.exec(text.trim())?.[1];
  return digits === undefined || Number(digits) === 0 ? null : Number(digits);
}

const SIZE_UNITS = ['', 'K', 'M', 'G', 'T'];

/** `512M`, `1.5G`, `64K`, `100` in bytes; units are powers of 1024, `MB` and `MiB` mean `M`. null where it is none. */
export function parseSize(text: string): number | null {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(text.trim()) ?? [];
  if (digits === undefined || unit === undefined) return null;
  const bytes = Math.round(Number(digits) * 1024 ** SIZE_UNITS.indexOf(unit.toUpperCase()));
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** Bytes in the largest unit that divides them: `512M`. */
export function formatSize(bytes: number): string {
  let power = 0;
  let count = bytes;
  while (power < SIZE_UNITS.length - 1 && count >= 1024 && count % 1024 === 0) {
    count /= 1024;
    power += 1;
  }
  return `${count}${SIZE_UNITS[power]}`;
}
