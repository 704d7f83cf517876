/** What a later version brings. Refused with just those words, because a key that is ignored is a promise not kept. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  '': ['notify', 'image'],
  'checks.*': ['compare'],
};

const VALUES: Readonly<Record<string, readonly string[]>> = {
  platform: ['docker', 'kubernetes', 'static'],
  router: ['haproxy', 'nginx', 'envoy', 'dns', 'gateway-api'],
};

/** `path` within a service, indices as `*`. */
export function isLaterKey(path: string, key: string): boolean {
  return KEYS[path]?.includes(key) ?? false;
}

export function isLaterValue(path: string, value: unknown): boolean {
  return VALUES[path]?.some((later) => later === value) ?? false;
}
