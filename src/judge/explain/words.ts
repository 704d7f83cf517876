/** How numbers read in a sentence. */

/** What is counted; clients unless a metric counts something else. */
export interface Unit {
  readonly one: string;
  readonly many: string;
}

// Made once: it takes as long as judging dozens of blocks.
const WHOLE = new Intl.NumberFormat('en-US');
const SIGNIFICANT = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

/** `8,910` */
export const whole = (value: number): string => WHOLE.format(Math.round(value));

/** Three significant digits at most, without trailing zeros: `49`, `1.25`, `0.04`. */
export function figure(value: number): string {
  return value >= 100 ? whole(value) : SIGNIFICANT.format(value);
}

/** `0.1 %` from 0.001. */
export const percent = (share: number): string => `${figure(share * 100)} %`;

/** `90 s`, `12 minutes`, `5 hours`, `3 days`: how long it takes, rounded up. */
export function howLong(seconds: number): string {
  if (seconds < 120) return `${Math.max(1, Math.ceil(seconds))} s`;
  if (seconds < 2 * 3_600) return `${Math.ceil(seconds / 60)} minutes`;
  return seconds < 48 * 3_600
    ? `${Math.ceil(seconds / 3_600)} hours`
    : `${whole(Math.ceil(seconds / 86_400))} days`;
}

/** `12 of 240 clients of r7`; `none of 240 clients of r7`; `1 of 1 client of r7`. */
export function countOf(bad: number, n: number, unit: Unit, of: string): string {
  return `${bad === 0 ? 'none' : whole(bad)} of ${whole(n)} ${n === 1 ? unit.one : unit.many} of ${of}`;
}

/** The same where the unit has just been named: `9 of 8,910 of r6`. */
export function countOfShort(bad: number, n: number, of: string): string {
  return `${bad === 0 ? 'none' : whole(bad)} of ${whole(n)} of ${of}`;
}

/** `49 times the rate`, `half the rate`, `about the same rate`. */
export function times(ratio: number): string {
  if (ratio > 0.95 && ratio < 1.05) return 'about the same rate';
  if (ratio > 0.475 && ratio < 0.525) return 'half the rate';
  if (ratio > 1.95 && ratio < 2.05) return 'twice the rate';
  if (ratio < 0.01) return 'less than 0.01 times the rate';
  const rounded = ratio >= 10 ? whole(Math.floor(ratio)) : figure(Number(ratio.toPrecision(2)));
  return `${rounded} times the rate`;
}
