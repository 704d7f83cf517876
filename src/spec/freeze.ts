import type { FreezeWindow } from '../core/service/service-spec.ts';

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MOMENT = String.raw`([a-z]+)\s+(\d{1,2}):(\d{2})`;
const WINDOW = new RegExp(String.raw`^\s*${MOMENT}\s*-\s*${MOMENT}(?:\s+(\S+))?\s*$`, 'i');

/**
 * `Fri 16:00 - Mon 08:00 Europe/Berlin` as a window; without a time zone it is UTC. Returns a sentence that says what
 * is wrong where it is none.
 */
export function parseFreeze(text: string): FreezeWindow | string {
  const match = WINDOW.exec(text);
  if (!match) return 'expected two moments of the week, such as "Fri 16:00 - Mon 08:00 Europe/Berlin"';
  const [, fromName, fromHour, fromMin, toName, toHour, toMin, timeZone = 'UTC'] = match;
  const fromDay = dayOf(fromName!);
  const toDay = dayOf(toName!);
  if (fromDay === null) return `"${fromName}" is no day of the week`;
  if (toDay === null) return `"${toName}" is no day of the week`;
  const fromMinute = minuteOf(fromHour!, fromMin!);
  const toMinute = minuteOf(toHour!, toMin!);
  if (fromMinute === null) return `"${fromHour}:${fromMin}" is no time of the day`;
  if (toMinute === null) return `"${toHour}:${toMin}" is no time of the day`;
  if (!isTimeZone(timeZone)) return `"${timeZone}" is no time zone that this machine knows`;
  if (fromDay === toDay && fromMinute === toMinute) return 'the window is empty: it ends when it begins';
  return { text, fromDay, fromMinute, toDay, toMinute, timeZone };
}

function dayOf(name: string): number | null {
  const wanted = name.toLowerCase();
  const day = DAYS.findIndex((known) => known === wanted || known.slice(0, 3) === wanted);
  return day === -1 ? null : day;
}

/** 24:00 is the end of the day. */
function minuteOf(hour: string, minute: string): number | null {
  const total = Number(hour) * 60 + Number(minute);
  return Number(minute) < 60 && total <= 1440 ? total : null;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false; // a RangeError is how Intl says that it does not know the zone
  }
}
