import type { ListenSpec } from './service-spec.ts';

const EVERYWHERE = ['::', '0.0.0.0'];

/** Where a listener is reached: by its host, else by its address, the loopback one where it is on all of them. */
export function listenUrl({ address, host, path, tls }: ListenSpec, port: number): string {
  const bracketed = address.includes(':') ? `[${address}]` : address;
  const shown = host ?? (EVERYWHERE.includes(address) ? '127.0.0.1' : bracketed);
  return `${tls === undefined ? 'http' : 'https'}://${shown}:${port}${path === '/' ? '' : path}`;
}
