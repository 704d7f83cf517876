/** Freeze windows: weekly, by the clock on the wall of a time zone, so that daylight saving moves them along. */
import type { FreezeWindow } from './service-spec.ts';

const MINUTE = 60_000;
const DAY = 1440;
const WEEK = 7 * DAY;
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
/** Clocks move by an hour at most, everywhere, today. */
const CLOCK_CHANGE = 61;

/**
 * When the freeze that `now` (Unix ms) lies in ends: the first later moment outside of all windows. null: not frozen.
 * Infinity: the windows together leave no moment of the week free.
 */
export function frozenUntil(windows: readonly FreezeWindow[], now: number): number | null {
  let until = now;
  for (;;) {
    const window = windows.find((each) => isInside(each, until));
    if (!window) return until === now ? null : until;
    if (until - now > (WEEK + DAY) * MINUTE) return Number.POSITIVE_INFINITY;
    until = endOf(window, until);
  }
}

/** Whether a moment lies in a window; its start belongs to it, its end does not. */
export function isInside(window: FreezeWindow, at: number): boolean {
  const minute = minuteOfWeek(window.timeZone, at);
  const from = window.fromDay * DAY + window.fromMinute;
  const to = window.toDay * DAY + window.toMinute;
  return from < to ? from <= minute && minute < to : minute >= from || minute < to;
}

/** First whole minute after `at` outside of the window. Where clocks change before it, the estimate is off by that. */
function endOf(window: FreezeWindow, at: number): number {
  const start = Math.floor(at / MINUTE);
  const to = window.toDay * DAY + window.toMinute;
  const left = (to - minuteOfWeek(window.timeZone, at) + WEEK) % WEEK;
  let minute = Math.max(start + 1, start + left - CLOCK_CHANGE);
  const last = start + left + CLOCK_CHANGE;
  while (minute < last && isInside(window, minute * MINUTE)) minute++;
  return minute * MINUTE;
}

/** Minutes since Sunday 00:00 on the wall clock there. */
function minuteOfWeek(timeZone: string, at: number): number {
  const part: Record<string, string> = {};
  for (const { type, value } of clockOf(timeZone).formatToParts(at)) part[type] = value;
  return DAYS.indexOf(part.weekday ?? '') * DAY + Number(part.hour) * 60 + Number(part.minute);
}

/** Making a formatter costs a hundred times as much as using one. */
const clocks = new Map<string, Intl.DateTimeFormat>();
function clockOf(timeZone: string): Intl.DateTimeFormat {
  let clock = clocks.get(timeZone);
  if (!clock) {
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    clocks.set(timeZone, clock);
  }
  return clock;
}
