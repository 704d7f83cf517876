/** This machine alone. */
export const LOOPBACK_ALONE: readonly string[] = ['127.0.0.0/8', '::1'];

/** Whether a text is an address of IPv4 or IPv6, perhaps with the length of a prefix: `10.0.0.0/8`. */
export function isRange(text: string): boolean {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bits = isV4(address) ? 32 : isV6(address) ? 128 : -1;
  return bits > 0 && Number(prefix ?? 0) <= bits;
}

const isV4 = (text: string): boolean =>
  /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text) && text.split('.').every((part) => Number(part) <= 255);

function isV6(text: string): boolean {
  const halves = text.split('::');
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  if (halves.length > 2 || !groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false;
  return halves.length === 2 ? groups.length < 8 : groups.length === 8;
}
