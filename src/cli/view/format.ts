/** How numbers, times and shares are written for people. */

/** `850 ms`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return ms < 10_000 && ms % 1000 !== 0 ? `${(ms / 1000).toFixed(1)} s` : `${seconds} s`;
  if (seconds < 3600) return two(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return two(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(minutes / 60);
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

const two = (a: number, unit: string, b: number, smaller: string) =>
  b === 0 ? `${a} ${unit}` : `${a} ${unit} ${b} ${smaller}`;

/** A share in basis points: `0.5 %`, `25 %`. */
export const share = (basisPoints: number): string => `${Number((basisPoints / 100).toFixed(2))} %`;

/** A rate 0-1 with two significant places below 10 %: `0 %`, `0.12 %`, `4.3 %`, `31 %`. */
export function rate(value: number): string {
  const percent = value * 100;
  if (percent === 0) return '0 %';
  if (percent >= 10) return `${percent.toFixed(0)} %`;
  return `${percent >= 1 ? percent.toFixed(1) : percent.toFixed(2)} %`;
}

/** A latency in ms: `0.8 ms`, `12 ms`, `1.3 s`; `-` where there is none. */
export function latency(ms: number | null): string {
  if (ms === null) return '-';
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${ms.toFixed(0)} ms`;
  return `${(ms / 1000).toFixed(1)} s`;
}

/** A number of things a second: `0.002`, `0.4`, `12`, `1,250`. */
export const perSecond = (value: number): string => {
  if (value > 0 && value < 0.1) return String(Number(value.toPrecision(1)));
  return value > 0 && value < 10 ? value.toFixed(1) : count(Math.round(value));
};

/** `12,345` */
export const count = (value: number): string => value.toLocaleString('en-US');

/** `1 client`, `2 clients` */
export const plural = (value: number, noun: string): string =>
  `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

/** Time of day on this machine: `14:03:20`. */
export const timeOfDay = (ms: number): string => {
  const date = new Date(ms);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
};

/** Day and time on this machine: `2026-01-31 14:03:20`. */
export const dayAndTime = (ms: number): string => {
  const date = new Date(ms);
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-');
  return `${day} ${timeOfDay(ms)}`;
};

/** The time, and how far off it is: `14:03:20 (in 18 s)`. */
export const until = (iso: string, now: number): string => {
  const at = Date.parse(iso);
  const shown = isSameDay(at, now) ? timeOfDay(at) : dayAndTime(at);
  return at > now ? `${shown} (in ${duration(roundUp(at - now))})` : shown;
};

const isSameDay = (a: number, b: number) => dayAndTime(a).slice(0, 10) === dayAndTime(b).slice(0, 10);

/** Whole seconds, so that a countdown does not flicker. */
const roundUp = (ms: number) => Math.ceil(ms / 1000) * 1000;
