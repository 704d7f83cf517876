import { hkdfSync } from 'node:crypto';

const DAY = 86_400_000;

/**
 * The keys of session tickets on the day of `now`, from the router's own key: the same in all its processes and after
 * a restart, so that clients resume their sessions; others the next day.
 */
export const ticketKeysAt = (key: Uint8Array, now: number): Buffer =>
  Buffer.from(hkdfSync('sha256', key, '', `tls tickets ${Math.floor(now / DAY)}`, 48));
